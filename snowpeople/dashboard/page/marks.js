/**
 * What a visitor says of an answer: that it is wrong, and what it is.
 * @typedef {{label: string, words: string}} Mark  `label`: "" for something else, which `words` may tell
 */

const MOST_WORDS = 40; // characters

/** @param {Mark} mark @param {About} about */
function markName({ label, words }, about) {
  return label ? nameOf(label, about) : words || WORDS.marks.other;
}

/** Forms that are open, and what is in them: a card that is drawn anew, in another language, opens them again.
 * @type {WeakMap<Item, {label?: string, words: string}>} */
const OPEN_FORMS = new WeakMap();

/** A tool of a card: a question that opens a form, and afterwards what was said, with a way back. */
class Marking {
  /** @param {Card} card @param {Item} item */
  constructor({ session, node }, item) {
    this.session = session;
    this.item = item;
    this.node = element("div", "snow-mark");
    const name = item.name || WORDS.pasted;

    this.ask = button(WORDS.marks.ask, () => this.open(this.form.hidden));
    this.ask.ariaLabel = `${WORDS.marks.ask} ${name}`;

    this.form = element("form", "snow-mark-form");
    this.form.dataset.lmSuppressShortcuts = "true"; // JupyterLab's, while somebody types
    this.select = element("select", "snow-choice");
    this.select.onchange = () => this.chosen();
    this.words = element("input", "snow-choice");
    this.words.oninput = () => this.remember();
    Object.assign(this.words, { type: "text", maxLength: MOST_WORDS, autocomplete: "off" });
    this.wordsLabel = labelled(WORDS.marks.words, this.words);
    this.save = button(WORDS.marks.save, () => {});
    this.save.type = "submit";
    const cancel = button(WORDS.marks.cancel, () => this.close(), "snow-button snow-plain");
    const buttons = element("div", "snow-row");
    buttons.append(this.save, cancel);
    this.form.append(labelled(WORDS.marks.what, this.select), this.wordsLabel, buttons);
    this.form.hidden = true;
    this.form.onsubmit = (/** @type {Event} */ event) => (event.preventDefault(), this.keep());
    this.form.onkeydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation(); // it means this form, not the page around it
      this.close();
    };

    this.said = element("p", "snow-marked");
    this.saidWords = element("span");
    this.undo = button(WORDS.marks.undo, () => this.takeBack());
    this.said.append(this.saidWords, this.undo);

    this.node.append(this.ask, this.form, this.said);
    node.addEventListener("updated", () => this.update());
    const draft = OPEN_FORMS.get(item);
    if (draft) this.open(true, draft);
  }

  update() {
    const { mark } = this.item;
    if (mark && !this.form.hidden) this.open(false);
    this.ask.hidden = Boolean(mark);
    this.said.hidden = !mark;
    if (!mark) return;
    this.saidWords.textContent = WORDS.marks.as(markName(mark, this.session.about));
    this.undo.ariaLabel = `${WORDS.marks.undo}: ${this.saidWords.textContent}`;
  }

  /** @param {boolean} open @param {{label?: string, words: string}} [draft] what is in it already */
  open(open, draft) {
    this.form.hidden = !open;
    this.ask.ariaExpanded = String(open);
    if (!open) return void OPEN_FORMS.delete(this.item);
    const { about } = this.session;
    /** What it can be: all but the answer. "" is something else. */
    this.labels = [...new Set([...about.labels, "neither"]), ""].filter((label) => label !== this.item.answer?.label);
    const options = this.labels.map((label) => element("option", "", label ? nameOf(label, about) : WORDS.marks.other));
    // Nothing is chosen for the visitor: what is marked is a training picture.
    const none = Object.assign(element("option", "", "…"), { disabled: true, hidden: true });
    this.select.replaceChildren(none, ...options);
    this.select.selectedIndex = draft?.label === undefined ? 0 : this.labels.indexOf(draft.label) + 1;
    this.words.value = draft?.words ?? "";
    this.chosen();
    if (!draft) this.select.focus();
  }

  /** @returns {string | undefined} "" for something else; undefined where nothing is chosen yet */
  get label() {
    return this.labels?.[this.select.selectedIndex - 1];
  }

  chosen() {
    this.wordsLabel.hidden = this.label !== "";
    this.save.disabled = this.label === undefined;
    this.remember();
  }

  remember() {
    OPEN_FORMS.set(this.item, { label: this.label, words: this.words.value });
  }

  close() {
    this.open(false);
    this.ask.focus();
  }

  keep() {
    const { label } = this;
    if (label === undefined) return;
    this.session.items.change(this.item, { mark: { label, words: label ? "" : harmless(this.words.value.trim()) } });
    this.undo.focus();
  }

  takeBack() {
    this.session.items.change(this.item, { mark: null });
    this.ask.focus();
  }
}

TOOLS.push((card, item) => new Marking(card, item).node);
