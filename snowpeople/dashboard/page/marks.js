/**
 * What a visitor says of an answer: that it is wrong, and what it is.
 * @typedef {{label: string, words: string}} Mark  `label`: "" for something else, which `words` may tell
 */

const MOST_WORDS = 40; // characters

/** @param {Mark} mark @param {About} about */
function markName({ label, words }, about) {
  return label ? nameOf(label, about) : words || WORDS.marks.other;
}

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
    Object.assign(this.words, { type: "text", maxLength: MOST_WORDS, autocomplete: "off" });
    this.wordsLabel = labelled(WORDS.marks.words, this.words);
    const save = button(WORDS.marks.save, () => {});
    save.type = "submit";
    const cancel = button(WORDS.marks.cancel, () => this.close(), "snow-button snow-plain");
    const buttons = element("div", "snow-row");
    buttons.append(save, cancel);
    this.form.append(labelled(WORDS.marks.what, this.select), this.wordsLabel, buttons);
    this.form.hidden = true;
    this.form.onsubmit = (/** @type {Event} */ event) => (event.preventDefault(), this.save());
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
  }

  update() {
    const { mark } = this.item;
    if (mark) this.open(false);
    this.ask.hidden = Boolean(mark);
    this.said.hidden = !mark;
    if (!mark) return;
    this.saidWords.textContent = WORDS.marks.as(markName(mark, this.session.about));
    this.undo.ariaLabel = `${WORDS.marks.undo}: ${this.saidWords.textContent}`;
  }

  /** @param {boolean} open */
  open(open) {
    this.form.hidden = !open;
    this.ask.ariaExpanded = String(open);
    if (!open) return;
    const { about } = this.session;
    /** What it can be: all but the answer. "" is something else. */
    this.labels = [...new Set([...about.labels, "neither"]), ""].filter((label) => label !== this.item.answer?.label);
    const options = this.labels.map((label) => element("option", "", label ? nameOf(label, about) : WORDS.marks.other));
    this.select.replaceChildren(...options);
    this.words.value = "";
    this.chosen();
    this.select.focus();
  }

  get label() {
    return this.labels?.[this.select.selectedIndex] ?? "";
  }

  chosen() {
    this.wordsLabel.hidden = Boolean(this.label);
  }

  close() {
    this.open(false);
    this.ask.focus();
  }

  save() {
    const { label } = this;
    this.session.change(this.item, { mark: { label, words: label ? "" : harmless(this.words.value.trim()) } });
    this.undo.focus();
  }

  takeBack() {
    this.session.change(this.item, { mark: null });
    this.ask.focus();
  }
}

TOOLS.push((card, item) => new Marking(card, item).node);
