/** The address of a picture, typed or pasted, as a way in. */

WAYS.push((view) => {
  const words = WORDS.address;
  const node = element("div", "snow-way");
  const toggle = button(words.use, () => show(form.hidden));
  const form = element("form", "snow-panel snow-address");
  form.noValidate = true; // we have words of our own
  form.dataset.lmSuppressShortcuts = "true"; // JupyterLab's, while somebody types
  const label = element("label", "", words.label);
  label.htmlFor = `snow-${newId()}`;
  const field = element("input", "snow-field");
  Object.assign(field, { id: label.htmlFor, type: "url", maxLength: LONGEST_ADDRESS, autocomplete: "off", spellcheck: false, placeholder: "https://" });
  const send = button(words.fetch, () => {}, "snow-button snow-main");
  send.type = "submit";
  const row = element("div", "snow-address-row");
  row.append(field, send);
  const fetched = view.session.model.get("apart") === true ? words.apart : words.hint; // whose server fetches it
  const hint = element("p", "snow-hint", fetched);
  hint.setAttribute("role", "status");
  form.append(label, row, hint);
  node.append(toggle, form);

  /** @param {boolean} open */
  function show(open) {
    form.hidden = !open;
    toggle.ariaExpanded = String(open);
    (open ? field : toggle).focus();
  }

  form.onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const text = field.value.trim();
    // People leave the beginning out, as browsers let them.
    const picture = pictureAt(text) ?? (/^[^\s:/]+\.[^\s:/]+\//.test(text) ? pictureAt(`https://${text}`) : null);
    hint.textContent = picture ? fetched : words.none;
    field.ariaInvalid = String(!picture);
    if (!picture) return field.focus();
    field.value = "";
    view.take([picture]);
  };
  form.onkeydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") show(false);
  };

  const { session } = view;
  const draw = () => (node.hidden = session.about.limits?.urls === false); // a host may forbid it
  session.addEventListener("state", draw, { signal: view.abort.signal });
  draw();
  form.hidden = true;
  toggle.ariaExpanded = "false";
  return node;
});
