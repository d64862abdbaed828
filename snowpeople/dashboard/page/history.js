/** The visit so far: a strip of its pictures, the answers, what can be taken along, and how to forget it. */

/**
 * So many of the newest pictures are drawn large, each with its answer. All others are in the strip, and opened from
 * there one at a time, or some more at the end of the list: a list of 200 cards would be as long as a house, and slow
 * to draw while answers come in.
 */
const LARGE = 5;
const MORE = 10; // so many are added to them on demand

class History {
  /** @param {View} view */
  constructor(view) {
    this.view = view;
    this.session = view.session;
    /** @type {Item | null} the one that was chosen in the strip */
    this.current = null;
    this.shown = LARGE;
    const words = WORDS.history;
    this.node = element("section", "snow-history");
    this.node.ariaLabel = words.title;
    this.strip = new Strip(this.session, (item) => this.choose(item));
    this.csv = button(words.csv, () => saveFile(answersTable(this.session), "answers.csv"));
    this.zip = button(words.zip, () => this.saveMarked());
    this.clear = button(words.clear, () => this.ask());
    const tools = element("div", "snow-row");
    tools.append(this.csv, this.zip, this.clear);
    const top = element("div", "snow-row snow-top");
    this.tally = element("p", "snow-tally");
    this.unanswered = button("", () => this.toFailed(), "snow-link");
    top.append(element("h2", "snow-heading", words.title), this.tally);
    this.note = element("p", "snow-note");
    this.dialog = element("dialog", "snow-dialog");
    this.more = button("", () => this.showMore(), "snow-button snow-further");
    this.node.append(top, this.strip.node, view.results, this.more, tools, this.note, this.dialog);

    const { signal } = view.abort;
    this.session.addEventListener("added", () => this.added(), { signal });
    this.session.addEventListener("cleared", () => this.added(), { signal });
    this.session.addEventListener("forgotten", () => this.forgotten(), { signal });
    this.session.addEventListener("state", () => this.draw(), { signal }); // the labels may be others
    this.session.addEventListener("changed", (event) => this.changed(/** @type {CustomEvent} */ (event).detail), { signal });
    this.draw();
  }

  /** The pictures whose cards are drawn, in order. */
  get large() {
    const newest = newestFirst(this.session.items.values()).slice(0, this.shown);
    return !this.current || newest.includes(this.current) ? newest : [this.current, ...newest];
  }

  added() {
    this.current = null; // whoever adds pictures wants to see those
    this.shown = LARGE;
    this.draw();
    this.strip.rewind();
    this.view.drawCards();
  }

  draw() {
    const items = newestFirst(this.session.items.values());
    this.node.hidden = !items.length;
    this.strip.node.hidden = items.length <= LARGE;
    this.strip.draw(items);
    for (const item of items) this.strip.update(item);
    this.strip.show(this.current);
    this.drawMore();
    this.drawTools();
    this.drawTally();
  }

  /** Those below the last that is drawn. */
  drawMore() {
    const left = this.session.items.size - this.shown;
    this.more.hidden = left <= 0;
    this.more.textContent = WORDS.history.more(Math.min(left, MORE), left);
  }

  showMore() {
    const first = newestFirst(this.session.items.values())[this.shown];
    this.shown += MORE;
    this.drawMore();
    this.view.drawCards();
    this.view.cards.get(first)?.title.focus({ preventScroll: true }); // on with what has just come
  }

  /** How many there are, and how far they are; who wants to see those without an answer is led to them. */
  drawTally() {
    const { items } = this.session;
    const failed = items.count("failed");
    const focused = focusAt(this.node) === this.unanswered;
    this.tally.hidden = items.size <= LARGE;
    this.unanswered.textContent = WORDS.history.unanswered(failed);
    this.tally.replaceChildren(WORDS.history.tally(items.size, items.count("done")), ...(failed ? [", ", this.unanswered] : []));
    if (focused && failed) this.unanswered.focus(); // it was out of the page for a moment
  }

  get failed() {
    return newestFirst(this.session.items.values()).filter(({ state }) => state === "failed");
  }

  /** The first of those without an answer, or the one after the one that is shown. */
  toFailed() {
    const { failed, current } = this;
    if (failed.length) this.choose(failed[(current ? failed.indexOf(current) + 1 : 0) % failed.length]);
  }

  /** One was put away, and its button with it: on to the next without an answer, or to what there is. */
  forgotten() {
    if (this.current && !this.session.items.has(this.current.id)) this.current = null;
    this.draw();
    this.view.drawCards();
    const { failed, view } = this;
    const [next] = failed.length ? failed : this.large;
    if (next) this.choose(next);
    else view.drop.focus();
  }

  drawTools() {
    const { promise, dropped } = WORDS.history;
    const gone = [...this.session.items.values()].filter(isDropped).length;
    this.zip.disabled = !markedPictures(this.session).length;
    this.note.textContent = gone ? `${promise} ${dropped(gone)}` : promise;
  }

  async saveMarked() {
    const { archive, missing } = await picturesArchive(this.session);
    saveFile(archive, "marked-pictures.zip");
    if (!missing) return;
    this.note.textContent = WORDS.history.missing(missing);
    this.view.say(this.note.textContent);
  }

  /** @param {Item} item */
  changed(item) {
    this.strip.update(item);
    this.drawTools();
    this.drawTally();
  }

  /** Have it drawn large, and marked. @param {Item} item */
  point(item) {
    this.current = item;
    this.strip.show(item);
    this.view.drawCards();
  }

  /** @param {Item} item */
  choose(item) {
    this.point(item);
    this.view.bringToSight(item);
    this.view.cards.get(item)?.title.focus({ preventScroll: true });
  }

  /** Before all is cleared: it can't be brought back, so that what a visitor wants gone is gone. */
  ask() {
    const { clearAll, clearOne, keep, keepOne, ask, cleared } = WORDS.history;
    const { size } = this.session.items;
    const yes = button(size === 1 ? clearOne : clearAll, () => {
      this.dialog.close();
      this.session.clear();
      this.view.drop.focus();
      this.view.say(cleared);
    });
    const no = button(size === 1 ? keepOne : keep, () => this.dialog.close());
    const row = element("div", "snow-row");
    row.append(no, yes);
    this.dialog.ariaLabel = ask(size);
    this.dialog.replaceChildren(element("p", "", this.dialog.ariaLabel), row);
    this.dialog.showModal();
  }
}
