/** All pictures of a visit as small ones side by side, the newest first. One is a stop of the Tab key; arrows go on. */

class Strip {
  /** @param {Session} session @param {(item: Item) => void} choose */
  constructor(session, choose) {
    this.session = session;
    this.choose = choose;
    /** @type {Map<Item, HTMLElement>} */
    this.buttons = new Map();
    this.node = element("div", "snow-strip");
    this.node.setAttribute("role", "toolbar");
    this.node.setAttribute("aria-label", WORDS.history.strip);
    this.node.addEventListener("keydown", (event) => this.pressed(event));
    this.node.addEventListener("focusin", (event) => this.stop(/** @type {HTMLElement} */ (event.target)));
  }

  /** @param {Item[]} items the newest first */
  draw(items) {
    const all = new Set(items);
    for (const item of this.buttons.keys()) if (!all.has(item)) this.buttons.delete(item);
    for (const item of items) if (!this.buttons.has(item)) this.buttons.set(item, this.mini(item));
    arrange(this.node, items.map((item) => /** @type {HTMLElement} */ (this.buttons.get(item))));
    if (!this.node.querySelector("[tabindex='0']")) this.stop(this.node.firstElementChild);
  }

  /** To what has just come, unless somebody is in it. */
  rewind() {
    if (this.node.contains(focusAt(this.node))) return;
    this.stop(this.node.firstElementChild);
    this.node.scrollLeft = 0;
  }

  /** @param {Item} item */
  mini(item) {
    const mini = button("", () => this.choose(item), "snow-mini");
    mini.tabIndex = -1;
    // Out of sight it is not decoded: there may be hundreds.
    const image = element("img");
    Object.assign(image, { alt: "", loading: "lazy", decoding: "async", draggable: false, hidden: true });
    mini.append(image, element("span", "snow-caption"));
    this.update(item, mini);
    return mini;
  }

  /** @param {Item} item @param {any} [button] */
  update(item, button = this.buttons.get(item)) {
    if (!button) return;
    const { about } = this.session;
    const { answer, mark, state, thumbnail } = item;
    const [image, caption] = button.children;
    if (thumbnail && image.getAttribute("src") !== thumbnail) Object.assign(image, { src: thumbnail, hidden: false });
    const short = answer ? nameOf(answer.label, about) : state === "failed" ? WORDS.history.none : "…";
    const words = [item.name || WORDS.pasted, answer ? answerOf(answer.label, about) : stateOf(item, this.session)];
    if (mark) words.push(WORDS.marks.as(markName(mark, about)));
    caption.textContent = short;
    button.ariaLabel = words.join(": ");
    button.dataset.state = state;
    button.classList.toggle("snow-wrong", Boolean(mark));
  }

  /** @param {Item | null} current */
  show(current) {
    for (const [item, button] of this.buttons) {
      if (item === current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  /** The one that the Tab key comes to. @param {Element | null} chosen */
  stop(chosen) {
    for (const button of this.buttons.values()) button.tabIndex = button === chosen ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const buttons = [...this.node.children];
    const at = buttons.indexOf(/** @type {Element} */ (event.target));
    const ahead = getComputedStyle(this.node).direction === "rtl" ? -1 : 1;
    /** @type {Record<string, number>} */
    const to = { ArrowRight: at + ahead, ArrowLeft: at - ahead, Home: 0, End: buttons.length - 1 };
    if (at < 0 || !(event.key in to)) return;
    event.preventDefault();
    /** @type {HTMLElement | undefined} */ (buttons[to[event.key]])?.focus();
  }
}
