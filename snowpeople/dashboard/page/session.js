/**
 * The picker's half in the page. One Session belongs to a widget, and each view draws what it holds: the items, which the
 * sender brings over the line to Python. What Python says comes in at `receive`.
 */

class Session extends EventTarget {
  /** @param {Model} model */
  constructor(model) {
    super();
    this.model = model;
    this.state = "connecting";
    this.message = this.code = this.where = "";
    /** @type {number | null} */
    this.loaded = null;
    /** @type {About} */
    this.about = { title: "", labels: [], names: {}, size: 0 };
    this.expected = 0; // example pictures that will come
    /** @type {Map<number, {url: string, file: File, item?: Item}>} `item`: once it was chosen */
    this.examples = new Map();
    /** What waits for the answers that are no picture's own: see questions.js.
     * @type {Map<string, (content: any, buffers: DataView[]) => void>} */
    this.asked = new Map();
    this.items = new Items((event, detail) => this.emit(event, detail));
    this.line = new Line(model);
    this.watch = new Watch();
    this.sender = new Sender(this.items, this.line, this.watch);
    /** @param {any} content @param {DataView[]} [buffers] */
    this.onMessage = (content, buffers) => this.receive(content, buffers ?? []);
    model.on("msg:custom", this.onMessage);
    this.timer = setInterval(() => this.tick(), 1_000);
    this.tick();
  }

  close() {
    clearInterval(this.timer);
    this.model.off("msg:custom", this.onMessage);
    for (const example of this.examples.values()) URL.revokeObjectURL(example.url);
    this.items.forgetAll(); // nothing more is made ready
  }

  /** @param {string} name @param {any} [detail] */
  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // -- what a visitor does

  /** @param {Picture[]} pictures @returns {Item[]} */
  add(pictures) {
    const added = this.items.add(pictures);
    for (const item of added) {
      const code = refusal(item.source);
      if (code) this.sender.fail(item, code);
    }
    this.sender.pump();
    return added;
  }

  /** @param {Item} item */
  retry(item) {
    this.sender.retry(item);
  }

  /** Forget one that has no answer. @param {Item} item */
  forget(item) {
    this.line.tell("cancel", { id: item.id });
    this.items.forget(item);
  }

  /** Forget all pictures; what is on its way is not waited for. */
  clear() {
    for (const { id } of this.items.awaited()) this.line.tell("cancel", { id });
    for (const item of this.items.values()) {
      item.state = "failed"; // so that no more of it is sent
      this.line.got(item.id);
    }
    this.items.forgetAll();
    this.emit("cleared");
  }

  // -- what Python says

  /** @param {any} content @param {DataView[]} buffers */
  receive(content, buffers) {
    this.watch.hear();
    if (content.kind !== "got" && this.asked.has(content.id)) return this.asked.get(content.id)?.(content, buffers);
    const item = this.items.get(content.id);
    switch (content.kind) {
      case "welcome":
        this.line.pieceBytes = content.version === VERSION ? content.piece_bytes : 0;
        this.expected = content.examples ?? 0;
        this.setState(this.line.isOpen ? content.state : "outdated", content);
        return this.sender.pump();
      case "state":
        return this.setState(content.state, content);
      case "example": {
        if (this.examples.has(content.index) || !buffers[0]?.byteLength) return;
        const file = new File([bytesOf(buffers[0])], WORDS.example(content.index + 1));
        this.examples.set(content.index, { url: URL.createObjectURL(file), file });
        return this.emit("example");
      }
      case "got":
        return this.line.got(content.id, content.pieces);
      case "sent": {
        const { share } = content;
        if (!item || !ASKED.includes(item.state)) return;
        return this.items.change(item, { state: share < 1 ? "sending" : "classifying", progress: share, message: "" });
      }
      case "held":
        if (item && AWAITED.includes(item.state)) this.items.change(item, { message: WORDS.held(content.seconds) });
        return;
      case "gone":
        this.pause();
        return this.resume();
      case "answer":
        if (!item) return;
        this.items.answer(item, content, buffers[0]);
        return this.sender.pump();
      case "failed":
        if (item) this.sender.fail(item, content.code, content.message, content.given);
    }
  }

  /** @param {string} state
   * @param {{message?: string, about?: About, loaded?: number | null, code?: string, where?: string}} [more] */
  setState(state, { message = "", about = this.about, loaded = null, code = "", where = "" } = {}) {
    if (about !== this.about) about = { ...this.about, ...about };
    const next = { state, message, about, loaded, code, where };
    if (Object.entries(next).every(([name, value]) => /** @type {any} */ (this)[name] === value)) return;
    Object.assign(this, next);
    this.emit("state");
  }

  // -- whether Python is there

  /** Python is gone: hold all that is not answered. */
  pause() {
    this.line.pieceBytes = 0;
    this.watch.rest(); // the page tells of it, we need not
    this.setState("connecting");
    for (const item of this.items.awaited()) {
      this.line.got(item.id);
      this.sender.retry(item);
    }
  }

  /** Python is there again, the same or another one. */
  resume() {
    this.watch.greet();
    this.setState("connecting");
    this.tick();
  }

  /** Every second: say hello until there is a welcome; later, notice when Python went silent. */
  tick() {
    const greeted = this.state !== "connecting" && this.state !== "silent";
    // A service tells that by itself, and why.
    if (!greeted && !this.line.tells && this.watch.isLate) this.setState("silent");
    const due = this.watch.due(greeted, this.items.count(...AWAITED) > 0);
    if (due === "hello" || due === "ping") this.line.tell(due);
    else if (due) for (const item of this.items.awaited()) this.sender.fail(item, due);
  }
}
