/** All pictures of a session, and the ways in. */

/**
 * Ways in besides choosing, dropping and pasting: each makes a button, or another element, below the drop zone.
 * @type {((view: View) => HTMLElement)[]}
 */
const WAYS = [];

class View {
  /**
   * @param {Session} session @param {HTMLElement | ShadowRoot} el
   * @param {{page?: boolean, languages?: boolean}} [options]  `page`: whether all of the page is ours, as in Voila: in
   *   JupyterLab only the cell is, and elsewhere we are guests. `languages`: whether there is a choice.
   */
  constructor(session, el, { page = document.body.hasAttribute("data-voila"), languages = true } = {}) {
    Object.assign(this, { session, page, languages });
    this.heading = el instanceof ShadowRoot && !page ? "h2" : "h1"; // a guest's question is not the page's
    this.redraw = () => this.translate();
    VOICE.addEventListener("change", this.redraw);
    this.draw();
    el.append(this.root);
  }

  draw() {
    const { session, page } = this;
    this.abort = new AbortController();
    const { signal } = this.abort;
    // A page has one main part; where it has none yet, this is it.
    this.root = element(page && !document.querySelector("main, [role=main]") ? "main" : "div", "snow");
    this.root.lang = LANGUAGE;
    this.title = element(this.heading, "snow-question");
    this.intro = element("p", "snow-intro");
    this.notice = element("div", "snow-notice");
    this.notice.setAttribute("role", "alert");
    this.drop = element("button", "snow-drop");
    this.drop.type = "button";
    this.drop.append(snowman(), element("span", "snow-choose", WORDS.choose));
    this.drop.append(element("span", "snow-ways", page ? WORDS.waysPage : WORDS.ways));
    this.input = element("input");
    Object.assign(this.input, { type: "file", multiple: true, hidden: true, accept: KINDS });
    this.others = element("div", "snow-others");
    this.others.append(...WAYS.map((way) => way(this)));
    this.others.hidden = !this.others.firstChild;
    this.hint = element("p", "snow-hint", this.privacy);
    this.examples = element("div", "snow-examples");
    this.shelf = element("div", "snow-shelf");
    this.examples.append(element("p", "", WORDS.examples), this.shelf);
    this.results = element("ol", "snow-results");
    this.results.setAttribute("aria-label", WORDS.results);
    this.live = element("div", "snow-live");
    this.live.setAttribute("role", "log");
    this.live.setAttribute("aria-live", "polite");

    /** @type {Map<Item, Card>} */
    this.cards = new Map();
    this.drop.addEventListener("click", () => this.input.click(), { signal });
    this.input.addEventListener("change", () => this.chosen(), { signal });
    this.listen(page ? document : this.root, signal);
    session.addEventListener("changed", (event) => this.changed(/** @type {CustomEvent} */ (event).detail), { signal });
    session.addEventListener("state", () => (this.drawState(), this.drawExamples()), { signal });
    session.addEventListener("example", () => this.drawExamples(), { signal });

    this.history = new History(this);
    this.loading = element("label", "snow-loading");
    this.progress = element("progress");
    this.loading.append(element("span"), this.progress);
    this.root.append(this.title, this.intro, this.notice, this.drop, this.loading, this.input, this.others, this.hint, this.examples);
    this.root.append(this.history.node, ...(this.languages ? [languageChoice()] : []), this.live);
    /** @type {WeakMap<Item, State>} */
    this.states = new WeakMap([...session.items.values()].map((item) => [item, item.state]));
    this.drawCards();
    this.drawState();
    this.drawExamples();
  }

  /** All of it anew, in another language. */
  translate() {
    for (const item of this.session.items.values()) {
      if (item.state === "failed") item.message = reasonOf(...item.reason);
      if (item.called) item.name = item.called();
    }
    const { root } = this;
    const focus = focusAt(root);
    const chosen = focus !== null && root.querySelector(".snow-language select") === focus;
    this.abort.abort();
    this.draw();
    root.replaceWith(this.root);
    if (chosen) this.root.querySelector(".snow-language select")?.focus();
  }

  /** What becomes of pictures. */
  get privacy() {
    return this.session.line.alone ? WORDS.site.privacy : WORDS.privacy;
  }

  close() {
    VOICE.removeEventListener("change", this.redraw);
    this.abort.abort();
    this.root.remove();
  }

  /** @param {Document | HTMLElement} target @param {AbortSignal} signal */
  listen(target, signal) {
    let depth = 0; // dragenter and dragleave come for every element that is crossed
    /** @param {string} name @param {(event: any) => void} handle */
    const on = (name, handle) => target.addEventListener(name, handle, { signal });
    /** @param {DragEvent} event */
    const files = ({ dataTransfer }) => ["Files", "text/uri-list"].some((type) => dataTransfer?.types.includes(type));
    /** @param {boolean} over */
    const show = (over) => this.root.classList.toggle("snow-over", over);
    on("dragenter", (event) => files(event) && show(++depth > 0));
    on("dragleave", (event) => files(event) && show(--depth > 0));
    on("dragover", (event) => {
      event.preventDefault(); // else the browser leaves the page for the picture
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    });
    on("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      depth = 0;
      show(false);
      this.take(picturesIn(event.dataTransfer));
    });
    on("paste", (event) => {
      const [target] = event.composedPath(); // in a shadow root, too
      const inField = target.closest?.("input, textarea, [contenteditable]");
      if (inField && !event.clipboardData?.files.length) return; // text for that field
      const pictures = picturesIn(event.clipboardData);
      if (!pictures.length && !this.page) return; // it may be meant for what is around us
      event.preventDefault();
      event.stopPropagation();
      // Browsers name every pasted picture alike.
      this.take(pictures.map((picture) => ({ ...picture, name: picture.name === "image.png" ? "" : picture.name })));
    });
  }

  /** @param {Given[]} given */
  async take(given) {
    const { pictures, cut } = await unpacked(given);
    const news = !pictures.length ? WORDS.noPicture : cut ? WORDS.cut(pictures.length) : "";
    this.hint.textContent = news || this.privacy;
    if (news) this.say(news);
    if (pictures.length) this.add(pictures);
  }

  /** @param {Picture[]} pictures */
  add(pictures) {
    const [first] = this.session.add(pictures);
    if (!this.isBusy) this.bringToSight(first);
    return first;
  }

  /** Whether the visitor is in the middle of something, from which nothing may be scrolled away. */
  get isBusy() {
    const focus = /** @type {HTMLInputElement | null} */ (focusAt(this.root));
    const writes = focus?.matches("textarea, input:not([type=file], [type=checkbox], [type=range])") && focus.value !== "";
    return writes || focus?.isContentEditable || this.root.querySelector("dialog[open]") !== null;
  }

  /** Scroll to an answer, no further than needed; the focus stays. @param {Item} item */
  bringToSight(item) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.cards.get(item)?.node.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  chosen() {
    this.take([...this.input.files].map((/** @type {File} */ file) => ({ name: file.name, source: file })));
    this.input.value = ""; // so that the same file can be chosen again
  }

  /** @param {number} index */
  exampleButton(index) {
    const button = element("button", "snow-example");
    Object.assign(button, { type: "button", disabled: true, ariaLabel: WORDS.example(index + 1) });
    button.onclick = () => {
      const example = this.session.examples.get(index);
      if (!example) return;
      const called = () => WORDS.example(index + 1);
      const { item } = example;
      if (item && this.session.items.get(item.id) === item) this.showAgain(item);
      else example.item = this.add([{ name: called(), source: example.file, called }]);
    };
    return button;
  }

  /** What was asked before has its answer, or will have. @param {Item} item */
  showAgain(item) {
    this.history.point(item);
    this.bringToSight(item);
    this.sayAnswer(item);
  }

  drawExamples() {
    while (this.shelf.children.length < this.session.expected) {
      this.shelf.append(this.exampleButton(this.shelf.children.length));
    }
    this.examples.hidden = !this.session.expected;
    for (const [index, { url }] of this.session.examples) {
      const button = this.shelf.children[index];
      if (!button || button.firstChild) continue;
      const image = element("img");
      Object.assign(image, { src: url, alt: "", draggable: false });
      button.append(image);
      button.disabled = false;
    }
  }

  drawState() {
    const { about, loaded } = this.session;
    this.title.textContent = titleOf(about);
    const intro = introOf(about);
    if (this.page) dressPage(this.title.textContent, intro);
    const notice = noticeOf(this.session);
    this.notice.hidden = !notice;
    this.intro.textContent = intro || WORDS.waking;
    this.loading.hidden = loaded === null;
    this.loading.firstChild.textContent = WORDS.site.loading(percent(loaded ?? 0));
    this.progress.value = loaded ?? 0;
    this.intro.hidden = !intro && !this.notice.hidden;
    if (notice) {
      const lines = notice.lines.map((line) => element("p", "", line));
      this.notice.replaceChildren(element("strong", "", notice.title), ...lines);
    }
    for (const [item, card] of this.cards) if (item.state === "waiting") card.update(item);
  }

  drawCards() {
    const cards = new Map(this.history.large.map((item) => [item, this.cards.get(item) ?? new Card(item, this.session)]));
    this.cards = cards;
    arrange(this.results, [...cards.values()].map(({ node }) => node));
    for (const [item, { node }] of cards) {
      if (item === this.history.current) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
    }
  }

  /** @param {Item} item */
  changed(item) {
    if (!this.session.items.has(item.id)) return; // cleared
    const card = this.cards.get(item);
    card?.update(item);
    if (item.state === this.states.get(item)) return;
    this.states.set(item, item.state);
    if (!card) { // of many, only those in sight are read out, and that all are there
      const { items } = this.session;
      if (items.count("done", "failed") < items.size) return;
      const failed = items.count("failed");
      const { tally, unanswered, allDone } = WORDS.history;
      const done = failed ? `${tally(items.size, items.size - failed)}, ${unanswered(failed)}.` : allDone(items.size);
      return this.say(done);
    }
    this.sayAnswer(item);
  }

  /** @param {Item} item */
  sayAnswer({ name, answer, state, message }) {
    const called = name || WORDS.pasted;
    // No number that is not on the card.
    const own = answer?.bars.find(({ label }) => label === answer.label)?.probability;
    const sure = answer && (isForced(answer) || own === undefined ? `. ${sureness(answer.probability, answer.unfamiliar)}` : `, ${percent(own)}`);
    if (answer) this.say(`${called}: ${answerOf(answer.label, this.session.about)}${sure}`);
    if (state === "failed") this.say(`${called}: ${message}`);
  }

  /** To those who listen to the page. @param {string} words */
  say(words) {
    this.live.append(element("p", "", words));
    if (this.live.children.length > 20) this.live.firstChild.remove();
  }
}
