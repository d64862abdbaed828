/** The key of a service, where the page has none: asked for, and kept for as long as the page is there. */

WAYS.push((view) => {
  const { session } = view;
  const form = element("form", "snow-panel snow-address snow-key");
  form.dataset.lmSuppressShortcuts = "true"; // JupyterLab's, while somebody types
  const label = element("label", "", WORDS.service.key);
  label.htmlFor = `snow-${newId()}`;
  const field = element("input", "snow-field");
  Object.assign(field, { id: label.htmlFor, type: "password", autocomplete: "off", spellcheck: false, required: true });
  const send = button(WORDS.service.unlock, () => {}, "snow-button snow-main");
  send.type = "submit";
  const row = element("div", "snow-address-row");
  row.append(field, send);
  form.append(label, row);

  form.onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const key = field.value.trim();
    if (!/^[\x21-\x7e]+$/.test(key)) return field.select(); // no header can carry it
    session.model.use(key);
    field.value = "";
    session.resume();
  };
  const draw = () => (form.hidden = session.state !== "locked");
  session.addEventListener("state", draw, { signal: view.abort.signal });
  draw();
  return form;
});
