/**
 * The picker's half in the page. The other half is picker.py.
 *
 * PROTOCOL, version 2: custom messages of the widget. A reply to a picture carries its id, which the page makes up.
 *
 *   page → Python
 *     hello    {}                          the page is there; repeated until welcome comes
 *     start    {id, task, size, thumbnail} a picture of `size` bytes follows; `thumbnail`: the page can't show it;
 *                                          `task`: "classify" or "try", "look" or "flip", see below
 *     piece    {id, index} + [bytes]       at most welcome.piece_bytes each, in order; at most WINDOW without a `got`
 *     fetch    {id, address}               in place of start and pieces: a picture at a web address, which Python fetches
 *     cancel   {id}                        no answer is wanted any more
 *     ping     {}                          asks for a pong, when nothing was heard for a while
 *   Python → page
 *     welcome  {version, piece_bytes, examples, state, message?, about?}   `examples`: how many there will be; `about`:
 *                                          at first, Python knows no more than its limits
 *     state    {state, message?, about?, loaded?, code?, where?}   "loading", "ready" with what the classifier says of
 *                                          itself, or "broken"; of a service, "silent" or "locked" too, in place of a
 *                                          welcome, with the reason's `code` and the address that it is about (notice.js).
 *                                          `loaded`: which share of the classifier is there, where it comes to the page
 *                                          (see browser.js)
 *     example  {index} + [bytes]           an example picture; no bytes where it can't be read
 *     got      {id, pieces}                how many pieces arrived
 *     sent     {id, share}                 of a model that `tells`: how much of it is sent on from there
 *     held     {id, seconds}               it is asked again after so long, as too much was asked before it
 *     answer   {id, label, probability, unfamiliar, bars: [{label, probability}]} + [thumbnail]?
 *     look     {id, label, rows, columns, base, box} + [drops]   where it looked for `label`: how far the label's
 *                                          probability, `base`, falls when a part is covered; float32, little-endian,
 *                                          row by row, over the `box` [left, top, right, bottom] of the picture
 *     flip     {id, edit, strength, middle?, before, after} + [JPEG]   the smallest change that flips the answer, and
 *                                          the picture with it; `before` and `after` are as in `answer`. `edit`: null
 *                                          where there is none
 *     failed   {id, code, message, given?} `code`: a key of the page's `errors`; `message`: in English, and may say more;
 *                                          `given`: a service's own code, where that has another name here
 *     pong     {}
 *     gone     {}                          all that is not answered will not be: say hello, and send it anew
 *
 * One Session belongs to a widget: it holds the pictures and talks to Python. Each view draws what it holds.
 *
 * @typedef {"waiting" | "preparing" | "sending" | "fetching" | "classifying" | "done" | "failed"} State
 * @typedef {Blob | {address: string} | string} Source  a string is the code of why there is nothing to send
 * @typedef {{label: string, probability: number}} Bar
 * @typedef {{label: string, probability: number, unfamiliar: boolean, bars: Bar[]}} Answer
 * @typedef {{
 *   id: string, name: string, source: Source, state: State, progress: number, thumbnail: string,
 *   answer: Answer | null, message: string, reason: [string, string], code: string, again: boolean, batch: number,
 *   time: number, sent: Blob | null, mark: Mark | null, called?: () => string,
 * }} Item  `thumbnail`: an object URL, or "". `reason`: a failure's code and Python's words, of which `message` is
 *   made; `code`: what programs are told, a service's own where it has one. `batch`: those added together share one; `time`: when that was. `sent`: what was sent of it, or will be, as long as it is
 *   kept (see kept.js); once there is an answer, it is the `source` too. `mark`: what a visitor says that it is. `called`: gives a name of ours, in the language of now.
 *   Whatever a page shows of a visit comes from the session's items, in the order in which they were added.
 * @typedef {{
 *   get(name: string): any,
 *   send(content: object, callbacks?: object, buffers?: ArrayBuffer[]): void,
 *   on(event: string, callback: (...args: any[]) => void): void,
 *   off(event: string, callback: (...args: any[]) => void): void,
 * }} Model
 */

const VERSION = 2;
const WINDOW = 2; // pieces on their way
const AT_ONCE = 4; // pictures on their way or waiting for their answer; as many again that Python fetches
/** @type {State[]} */
const ASKED = ["sending", "classifying"];
/** @type {State[]} */
const AWAITED = [...ASKED, "fetching"]; // Python has the next word
const HELLO_EVERY = 2_000; // milliseconds, as all that follow
const PING_AFTER = 8_000;
const LOST_AFTER = 20_000;
const AGAIN = new Set(["lost", "incomplete", "busy", "timeout", "unreachable"]); // errors that may pass

class Session extends EventTarget {
  /** @param {Model} model */
  constructor(model) {
    super();
    this.model = model;
    /** @type {Map<string, Item>} */
    this.items = new Map();
    /** @type {Map<number, {url: string, file: File, item?: Item}>} `item`: once it was chosen */
    this.examples = new Map();
    this.alone = model.get("alone") === true; // the classifier is in the page: no picture leaves it, or must be small
    this.state = "connecting";
    this.message = this.code = this.where = "";
    /** @type {number | null} */
    this.loaded = null;
    /** @type {About} */
    this.about = { title: "", labels: [], names: {}, size: 0 };
    this.expected = 0; // example pictures that will come
    this.tells = Boolean(model.get("tells")); // whether it is told what is sent on
    this.pieceBytes = 0; // known from the welcome on; nothing is sent before
    /** @type {Map<string, (pieces: number) => void>} */
    this.onGot = new Map();
    /** What waits for the answers that are no picture's own: see questions.js.
     * @type {Map<string, (content: any, buffers: DataView[]) => void>} */
    this.asked = new Map();
    this.pumping = this.previewing = false;
    this.batches = 0;
    this.since = performance.now();
    this.helloAt = -Infinity;
    this.heardAt = this.since; // any message from Python
    this.pingedAt = 0; // 0: no ping waits for its pong
    /** @param {any} content @param {DataView[]} [buffers] */
    this.onMessage = (content, buffers) => this.receive(content, buffers ?? []);
    model.on("msg:custom", this.onMessage);
    this.timer = setInterval(() => this.watch(), 1_000);
    this.watch();
  }

  close() {
    clearInterval(this.timer);
    this.model.off("msg:custom", this.onMessage);
    for (const item of this.items.values()) URL.revokeObjectURL(item.thumbnail);
    for (const example of this.examples.values()) URL.revokeObjectURL(example.url);
    this.items.clear(); // nothing more is made ready
  }

  /** @param {string} kind @param {object} [content] @param {ArrayBuffer[]} [buffers] */
  tell(kind, content = {}, buffers = []) {
    this.model.send({ kind, ...content }, undefined, buffers);
  }

  /** @param {string} name @param {any} [detail] */
  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // -- pictures

  /** @param {{name: string, source: Source, called?: () => string}[]} pictures @returns {Item[]} */
  add(pictures) {
    this.batches += 1;
    const time = Date.now();
    const added = pictures.map(({ name, source, called }) => {
      /** @type {Item} */
      const item = {
        id: newId(), name: harmless(name), source, state: "waiting", progress: 0, thumbnail: "",
        answer: null, message: "", reason: ["", ""], code: "", again: false, batch: this.batches, time,
        sent: null, mark: null, called,
      };
      this.items.set(item.id, item);
      return item;
    });
    this.emit("added", added);
    for (const item of added) {
      const code = refusal(item.source);
      if (code) this.fail(item, code);
    }
    this.pump();
    return added;
  }

  /** @param {Item} item @param {Partial<Item>} values */
  change(item, values) {
    if (values.thumbnail !== undefined && values.thumbnail !== item.thumbnail) URL.revokeObjectURL(item.thumbnail);
    Object.assign(item, values);
    this.emit("changed", item);
  }

  /** @param {Item} item @param {string} code @param {string} [english] Python's own words, which may say more
   * @param {string} [given] a service's own code */
  fail(item, code, english = "", given = code) {
    Object.assign(item, { reason: [code, english], code: given });
    this.change(item, { state: "failed", message: reasonOf(code, english), again: AGAIN.has(code), sent: null });
    this.onGot.get(item.id)?.(Infinity);
    this.pump();
  }

  /** @param {Item} item */
  retry(item) {
    // Under a new id: whatever still comes for the old one must not count for this attempt.
    this.tell("cancel", { id: item.id });
    item.id = newId();
    const items = [...this.items.values()]; // it keeps its place
    this.items.clear();
    for (const each of items) this.items.set(each.id, each);
    this.change(item, { state: "waiting", answer: null, message: "", again: false, progress: 0 });
    this.pump();
  }

  /** Forget one that has no answer. @param {Item} item */
  forget(item) {
    this.tell("cancel", { id: item.id });
    URL.revokeObjectURL(item.thumbnail);
    this.items.delete(item.id);
    this.emit("forgotten", item);
  }

  /** Forget all pictures; what is on its way is not waited for. */
  clear() {
    for (const item of this.items.values()) {
      if (AWAITED.includes(item.state)) this.tell("cancel", { id: item.id });
      URL.revokeObjectURL(item.thumbnail);
      item.state = "failed"; // so that no more of it is sent
      this.onGot.get(item.id)?.(Infinity);
    }
    this.items.clear();
    this.emit("cleared");
  }

  /** @param {State[]} states */
  count(...states) {
    return [...this.items.values()].filter((item) => states.includes(item.state)).length;
  }

  /** The next to be sent or fetched, if there is room for it. A slow web server holds up none of the files. */
  next() {
    const room = { file: this.count(...ASKED) < AT_ONCE, address: this.count("fetching") < AT_ONCE };
    return [...this.items.values()].find(
      ({ state, source }) => state === "waiting" && (source instanceof Blob ? room.file : room.address),
    );
  }

  /** Send what waits: one at a time, and no more than a few unanswered. */
  async pump() {
    if (!this.pieceBytes) return this.preview();
    if (this.pumping) return;
    this.pumping = true;
    for (let item; this.pieceBytes && (item = this.next()); ) {
      try {
        await (item.source instanceof Blob ? this.send(item, item.source) : this.fetch(item));
      } catch (error) {
        console.warn(error);
        this.fail(item, "lost");
      }
    }
    this.pumping = false;
  }

  /** What can't be sent yet is made ready meanwhile, and seen. */
  async preview() {
    if (this.previewing) return;
    this.previewing = true;
    const waits = (/** @type {Item} */ { state, source, sent }) => state === "waiting" && source instanceof Blob && !sent;
    for (let item; !this.pieceBytes && (item = [...this.items.values()].find(waits)); ) {
      const { blob, thumbnail } = await prepare(/** @type {Blob} */ (item.source), this.alone);
      if (this.items.has(item.id) && waits(item)) this.prepared(item, blob, thumbnail);
    }
    this.previewing = false;
  }

  /** @param {Item} item @param {Blob} blob what to send @param {Blob | null} thumbnail */
  prepared(item, blob, thumbnail) {
    item.sent = blob;
    if (thumbnail) this.change(item, { thumbnail: URL.createObjectURL(thumbnail) });
  }

  /** @param {Item} item */
  fetch(item) {
    if (!this.count(...AWAITED)) this.heardAt = performance.now(); // silence counts from here
    this.change(item, { state: "fetching" });
    const { address } = /** @type {{address: string}} */ (item.source);
    this.tell("fetch", { id: item.id, address });
  }

  /** @param {Item} item @param {Blob} file */
  async send(item, file) {
    if (!item.sent) {
      this.change(item, { state: "preparing" });
      const { blob, thumbnail } = await prepare(file, this.alone);
      if (!this.items.has(item.id)) return; // cleared meanwhile
      this.prepared(item, blob, thumbnail);
    }
    const blob = /** @type {Blob} */ (item.sent);
    if (!this.pieceBytes) return this.change(item, { state: "waiting" }); // paused meanwhile
    if (!this.count(...AWAITED)) this.heardAt = performance.now(); // silence counts from here
    this.change(item, { state: "sending" });
    const { id } = item;
    const wanted = () => item.state === "sending" && item.id === id;
    const read = await this.upload({ id, task: "classify", blob, thumbnail: !item.thumbnail }, wanted, (progress) => this.change(item, { progress }));
    if (!wanted()) return;
    if (!read) this.fail(item, "unreadable");
    else if (!this.tells) this.change(item, { state: "classifying", progress: 1 });
  }

  /**
   * Send a picture in pieces, for as long as it is `wanted`.
   * @param {{id: string, task: string, blob: Blob, thumbnail: boolean}} picture
   * @param {() => boolean} wanted
   * @param {(share: number) => void} onProgress
   * @returns {Promise<boolean>} whether it can be read
   */
  async upload({ id, task, blob, thumbnail }, wanted, onProgress) {
    let got = 0;
    let wake = () => {};
    this.onGot.set(id, (pieces) => {
      got = pieces;
      wake();
    });
    try {
      this.tell("start", { id, task, size: blob.size, thumbnail });
      const pieces = Math.ceil(blob.size / this.pieceBytes);
      for (let index = 0; index < pieces && wanted(); index++) {
        // Read piece by piece: Python may refuse a large file before much of it is in memory.
        const piece = await blob.slice(index * this.pieceBytes, (index + 1) * this.pieceBytes).arrayBuffer().catch(() => null);
        if (!wanted()) break;
        if (!piece) {
          this.tell("cancel", { id });
          return false;
        }
        this.tell("piece", { id, index }, [piece]);
        while (index + 1 - got >= WINDOW) await new Promise((resolve) => (wake = () => resolve(undefined)));
        if (wanted()) onProgress(got / pieces);
      }
      return true;
    } finally {
      this.onGot.delete(id);
    }
  }

  // -- Python

  /** @param {any} content @param {DataView[]} buffers */
  receive(content, buffers) {
    this.heardAt = performance.now();
    this.pingedAt = 0;
    if (content.kind !== "got" && this.asked.has(content.id)) return this.asked.get(content.id)?.(content, buffers);
    const item = this.items.get(content.id);
    switch (content.kind) {
      case "welcome":
        this.pieceBytes = content.version === VERSION ? content.piece_bytes : 0;
        this.expected = content.examples ?? 0;
        this.setState(this.pieceBytes ? content.state : "outdated", content);
        return this.pump();
      case "state":
        return this.setState(content.state, content);
      case "example": {
        if (this.examples.has(content.index) || !buffers[0]?.byteLength) return;
        const file = new File([bytesOf(buffers[0])], WORDS.example(content.index + 1));
        this.examples.set(content.index, { url: URL.createObjectURL(file), file });
        return this.emit("example");
      }
      case "got":
        return this.onGot.get(content.id)?.(content.pieces);
      case "sent": {
        const { share } = content;
        if (!item || !ASKED.includes(item.state)) return;
        return this.change(item, { state: share < 1 ? "sending" : "classifying", progress: share, message: "" });
      }
      case "held":
        if (item && AWAITED.includes(item.state)) this.change(item, { message: WORDS.held(content.seconds) });
        return;
      case "gone":
        this.pause();
        return this.resume();
      case "answer": {
        if (!item) return;
        const { label, probability, unfamiliar, bars } = content;
        const [data] = buffers;
        const small = data ? new Blob([bytesOf(data)], { type: "image/jpeg" }) : null;
        const thumbnail = small ? URL.createObjectURL(small) : item.thumbnail;
        const sent = item.sent ?? small; // of a picture at an address, the page has no more
        this.change(item, {
          state: "done", answer: { label, probability, unfamiliar, bars }, thumbnail, message: "", again: false,
          sent, source: sent ?? item.source, // a photo's own file is not needed any more
        });
        trim(this.items.values());
        return this.pump();
      }
      case "failed":
        if (item) this.fail(item, content.code, content.message, content.given);
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

  /** Python is gone: hold all that is not answered. */
  pause() {
    this.pieceBytes = 0;
    this.since = Infinity; // the page tells of it, we need not
    this.setState("connecting");
    for (const item of [...this.items.values()]) {
      if (!AWAITED.includes(item.state)) continue;
      this.onGot.get(item.id)?.(Infinity);
      this.retry(item);
    }
  }

  /** Python is there again, the same or another one. */
  resume() {
    this.since = performance.now();
    this.helloAt = -Infinity;
    this.setState("connecting");
    this.watch();
  }

  /** Every second: say hello until there is a welcome; later, notice when Python went silent. */
  watch() {
    const now = performance.now();
    if (this.state === "connecting" || this.state === "silent") {
      // A service tells that by itself, and why.
      if (!this.tells && now - this.since > LOST_AFTER) this.setState("silent");
      if (now - this.helloAt < HELLO_EVERY) return;
      this.helloAt = now;
      return this.tell("hello");
    }
    if (!this.count(...AWAITED)) this.pingedAt = 0;
    else if (!this.pingedAt && now - this.heardAt > PING_AFTER) {
      this.pingedAt = now;
      this.tell("ping");
    } else if (this.pingedAt && now - this.pingedAt > LOST_AFTER - PING_AFTER) {
      this.pingedAt = 0;
      for (const item of [...this.items.values()]) {
        if (AWAITED.includes(item.state)) this.fail(item, "lost");
      }
    }
  }
}

function newId() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

/** A copy of a message's buffer. @param {DataView} view */
function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
}
