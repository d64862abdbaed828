/** Trick me: a picture is changed with sliders and a brush, and its answer follows. */

const USUAL_SIZE = 224; // pixels, where the classifier does not say
const SETTLED = 600; // milliseconds that an answer stays before it is read out
const FEW_BARS = 5;

class Trick {
  /** @param {Card} card @param {Item} item */
  constructor(card, item) {
    this.session = card.session;
    this.item = item;
    this.encoder = new Encoder();
    this.asking = false;
    this.searching = false;
    this.changed = false; // since what was sent last
    this.round = 0; // answers to what was asked before are of no use
    /** @type {Answer} of the picture as it is: what its card has, though a smaller picture is asked about here */
    this.first = item.answer;
    this.announced = this.first.label;
    this.timer = 0;

    this.dialog = element("dialog", "snow-trick");
    this.dialog.setAttribute("aria-label", WORDS.trick.title);
    this.head = element("header", "snow-trick-head");
    const close = button(WORDS.trick.close, () => this.dialog.close());
    this.head.append(element("h2", "", WORDS.trick.title), close);
    this.left = element("div", "snow-trick-left");
    this.hold = element("div", "snow-trick-picture");
    this.title = element("p", "snow-title");
    this.was = element("p", "snow-trick-was");
    this.bars = element("ul", "snow-bars");
    this.live = element("div", "snow-live");
    this.live.setAttribute("role", "status");
    this.left.append(this.hold, this.title, this.was, this.bars, this.live);
    const right = element("div", "snow-trick-right");
    /** @type {Partial<Edits>} what was moved before the picture was there */
    this.early = {};
    this.sliders = new Sliders((edits) => (this.stage ? this.stage.change(edits) : Object.assign(this.early, edits)));
    this.search = button(WORDS.trick.search, () => this.findFlip());
    this.found = element("p", "snow-trick-found");
    this.found.setAttribute("role", "status");
    this.again = button(WORDS.trick.reset, () => this.reset());
    this.back = button(WORDS.trick.unpaint, () => this.stage?.unpaint());
    this.back.hidden = true; // until there is a stroke
    const buttons = element("div", "snow-tools");
    buttons.append(this.search, this.back, this.again);
    right.append(element("p", "snow-trick-hint", WORDS.trick.hint), this.sliders.node, buttons, this.found);
    this.dialog.append(this.head, this.left, right);
    this.dialog.onclose = () => this.close();
  }

  /** @param {HTMLElement} parent */
  async open(parent) {
    parent.append(this.dialog);
    this.dialog.showModal();
    this.sliders.show(AS_IT_IS);
    this.title.textContent = WORDS.trick.loading;
    try {
      this.original = await pictureToChange(this.item, this.session.about.size || USUAL_SIZE);
      this.stage = new Stage(await canvasWith(this.original), () => this.moved());
      this.hold.replaceChildren(this.stage.node);
      this.show(this.first);
      if (Object.keys(this.early).length) this.stage.change(this.early);
    } catch (error) {
      this.fail(error);
    }
  }

  /** The browser gives the focus back. */
  close() {
    this.dialog.remove();
    this.encoder.close();
    clearTimeout(this.timer);
  }

  reset() {
    this.stage?.reset();
  }

  moved() {
    if (this.stage) this.drawControls(this.stage);
    if (!this.searching) this.found.textContent = "";
    this.answer();
  }

  /** @param {Stage} stage */
  drawControls(stage) {
    this.sliders.show(stage.edits);
    const none = !stage.strokes.length;
    if (none && focusAt(this.dialog) === this.back) this.again.focus();
    this.back.hidden = none;
  }

  /** Ask about the picture as it is now: one question at a time, always about the newest. */
  async answer() {
    if (!this.stage) return;
    if (this.stage.isAsItIs) return this.showFirst();
    this.changed = true;
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.changed && this.dialog.open) {
        this.changed = false;
        const { round } = this;
        const { content } = await ask(this.session, "try", await this.encoder.encode(this.stage.node));
        if (round === this.round) this.show(content);
      }
    } catch (error) {
      this.fail(error);
    }
    this.asking = false;
  }

  /** Nothing to ask about: its answer is known, and none that is on its way counts. */
  showFirst() {
    this.changed = false;
    this.round++;
    this.show(this.first);
  }

  /** @param {unknown} error */
  fail(error) {
    this.found.textContent = sentenceOf(error);
  }

  /** @param {Answer} answer */
  show(answer) {
    if (!this.dialog.open) return;
    const { about } = this.session;
    const { label } = answer;
    const tricked = label !== this.first.label;
    this.title.textContent = answerOf(label, about);
    this.was.textContent = tricked ? WORDS.trick.tricked(answerOf(this.first.label, about)) : surenessOf(answer);
    this.dialog.classList.toggle("snow-tricked", tricked);
    this.drawBars(answer);
    // Read out once it stays: a slider may pass through many.
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (label !== this.announced) this.live.textContent = answerOf(label, about);
      this.announced = label;
    }, SETTLED);
  }

  /** The likeliest labels; where there are few, each keeps its place. @param {Answer} answer */
  drawBars(answer) {
    const { label: chosen, bars } = answer;
    const forced = isForced(answer);
    this.bars.classList.toggle("snow-forced", forced);
    const few = bars.length <= FEW_BARS ? bars : [...bars].sort((a, b) => b.probability - a.probability).slice(0, FEW_BARS);
    while (this.bars.children.length < few.length) this.bars.append(emptyBar());
    few.forEach(({ label, probability }, index) => {
      const row = this.bars.children[index];
      row.classList.toggle("snow-chosen", label === chosen && !forced);
      row.querySelector(".snow-label").textContent = nameOf(label, this.session.about);
      row.querySelector(".snow-fill").style.setProperty("--share", String(probability));
      row.querySelector(".snow-number").textContent = percent(probability);
    });
  }

  async findFlip() {
    if (!this.original || this.searching) return;
    this.searching = true;
    this.search.setAttribute("aria-disabled", "true");
    this.found.textContent = WORDS.trick.searching;
    try {
      const { content, buffers } = await ask(this.session, "flip", this.original);
      if (this.dialog.open) await this.showFlip(content, buffers[0]);
    } catch (error) {
      this.fail(error);
    }
    this.searching = false;
    this.search.removeAttribute("aria-disabled");
  }

  /** @param {{edit: string | null, strength: number, middle?: [number, number], before: Answer, after: Answer}} flip @param {Uint8Array<ArrayBuffer>} data */
  async showFlip({ edit, strength, middle, before, after }, data) {
    const { about } = this.session;
    if (!edit) return void (this.found.textContent = WORDS.trick.none);
    const edits = editsFor(edit, strength, middle);
    const amount = edit === "turn" ? 180 * strength : edit === "crop" ? timesLarger(100 * strength) : 100 * strength;
    const how = WORDS.trick.flips[edit](amount);
    this.found.textContent =
      after.label === "neither"
        ? WORDS.trick.flipAway(how, listedOf(before.label, about))
        : WORDS.trick.flip(how, listedOf(after.label, about));
    const picture = await createImageBitmap(new Blob([data], { type: "image/jpeg" }));
    if (edits && this.stage) {
      Object.assign(this.stage.edits, edits);
      this.stage.wipe();
      this.drawControls(this.stage);
    }
    this.stage?.show(picture); // Python's own: what the page draws may differ by a hair, and so may its answer
    picture.close();
    this.changed = false;
    this.round++;
    this.show(after);
  }
}

function emptyBar() {
  const row = element("li", "snow-bar");
  const track = element("span", "snow-track");
  track.append(element("span", "snow-fill"));
  row.append(element("span", "snow-label"), track, element("span", "snow-number"));
  return row;
}

TOOLS.push((card, item) => button(WORDS.trick.button, () => new Trick(card, item).open(card.node)));
