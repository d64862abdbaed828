/**
 * The classifier in the visitor's own browser, as the Model that a Session talks to: it answers the protocol in
 * protocol.js as picker.py does, with a worker (worker.js) behind it. Nothing leaves the page.
 */

const MOST_SENT = 30_000_000; // bytes of a picture, as the worker and picture.py have it: one piece holds any
const ANSWER_WITHIN = 90_000; // milliseconds, on a slow phone; the worker is then ended and started anew

/**
 * What Python wrote into the page. `files`: addresses, beside the page's own. `sizes`: bytes.
 * @typedef {{
 *   about: About, settings: object, signatures: object, examples: string[],
 *   files: {worker: string, runtime: string, wasm: string, model: string}, sizes: {wasm: number, model: number},
 * }} Site
 * @typedef {{id: string, task: string, size: number, bytes: ArrayBuffer | null, done: ((reply: any) => void) | null}} Job
 */

class Browser {
  /** @param {Site} site */
  constructor(site) {
    this.site = site;
    /** @type {Set<(content: any, buffers: DataView[]) => void>} */
    this.listeners = new Set();
    /** @type {Record<string, any>} */
    this.state = { state: "loading", loaded: 0 };
    /** @type {Map<string, Job>} whose bytes are not there yet */
    this.coming = new Map();
    /** @type {Job[]} */
    this.jobs = [];
    /** @type {Job | null} */
    this.job = null; // the one that the worker has
    this.address = ""; // the worker's
    this.ready = false;
    this.start();
  }

  /** @param {string} name */
  get(name) {
    return name === "alone"; // see Line
  }

  /** @param {string} _ @param {(content: any, buffers: DataView[]) => void} listener */
  on(_, listener) {
    this.listeners.add(listener);
  }

  /** @param {string} _ @param {(content: any, buffers: DataView[]) => void} listener */
  off(_, listener) {
    this.listeners.delete(listener);
  }

  /** To the session. @param {string} kind @param {object} [content] @param {(ArrayBuffer)[]} [buffers] */
  tell(kind, content = {}, buffers = []) {
    const views = buffers.map((buffer) => new DataView(buffer));
    // Not at once: the session is in the midst of something.
    queueMicrotask(() => this.listeners.forEach((listener) => listener({ kind, ...content }, views)));
  }

  /** From the session. @param {any} content @param {unknown} [_] @param {ArrayBuffer[]} [buffers] */
  send(content, _, buffers = []) {
    const { kind, id } = content;
    switch (kind) {
      case "hello":
        this.tell("welcome", { version: VERSION, piece_bytes: MOST_SENT, examples: this.site.examples.length, ...this.state });
        return this.showExamples();
      case "ping":
        return this.tell("pong");
      case "start":
        if (content.size > MOST_SENT) {
          const message = `This file has more than ${MOST_SENT / 1e6} MB: please make it smaller.`;
          return this.tell("failed", { id, code: "too_large", message });
        }
        return void this.coming.set(id, { id, task: content.task, size: content.size, bytes: null, done: null });
      case "piece": {
        const job = this.coming.get(id);
        this.coming.delete(id);
        if (!job) return;
        this.tell("got", { id, pieces: 1 });
        return this.add({ ...job, bytes: buffers[0] });
      }
      case "fetch": // browsers let no page read what another site does not offer to it
        return this.tell("failed", { id, code: "no_fetch" });
      case "cancel":
        this.coming.delete(id);
        this.jobs = this.jobs.filter((job) => job.id !== id);
    }
  }

  async showExamples() {
    for (const [index, address] of this.site.examples.entries()) {
      try {
        const response = await fetch(address);
        if (response.ok) this.tell("example", { index }, [await response.arrayBuffer()]);
      } catch (error) {
        console.warn(error); // one example fewer
      }
    }
  }

  // -- the worker

  start() {
    // From a text of ours, so that the page's policy holds in the worker, too: it can reach no other site.
    const text = `import ${JSON.stringify(new URL(this.site.files.worker, document.baseURI).href)};`;
    const { files, settings, signatures, sizes } = this.site;
    this.address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    this.worker = new Worker(this.address, { type: "module" });
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      if (this.job) return this.restart(); // it ran out of memory
      // What can't be fetched has no message; what can't be understood has.
      this.become({ state: "broken", message: WORDS.site.broken[event.message ? "old" : "missing"] });
    };
    /** @param {string} name */
    const whole = (name) => new URL(name, document.baseURI).href;
    const { runtime, wasm, model } = files;
    this.worker.postMessage({ kind: "load", runtime: whole(runtime), wasm: whole(wasm), model: whole(model), settings, signatures, sizes });
  }

  /** The picture that the worker has is too much for it. */
  restart() {
    clearTimeout(this.timer);
    this.worker?.terminate();
    this.ready = false;
    const { job } = this;
    this.job = null;
    if (job) this.reply(job, { kind: "failed", code: "fault", message: "" });
    this.start();
  }

  /** @param {Record<string, any>} state */
  become(state) {
    this.state = state;
    this.tell("state", state);
    if (state.state === "broken") for (const job of this.jobs.splice(0)) this.reply(job, { kind: "failed", code: "no_classifier", message: "" });
  }

  /** @param {any} message */
  hear({ kind, id, share, code, ...reply }) {
    if (kind === "loaded") {
      if (this.state.state === "loading") this.become({ state: "loading", loaded: share });
    } else if (kind === "ready") {
      this.ready = true;
      URL.revokeObjectURL(this.address);
      this.become({ state: "ready", about: this.site.about });
      this.next();
    } else if (kind === "broken") {
      this.become({ state: "broken", message: WORDS.site.broken[/** @type {keyof typeof WORDS.site.broken} */ (code)] });
    } else if (this.job?.id === id) {
      clearTimeout(this.timer);
      const job = /** @type {Job} */ (this.job);
      this.job = null;
      this.reply(job, { kind, code, ...reply });
      this.next();
    }
  }

  // -- jobs

  /** @param {Job} job */
  add(job) {
    if (this.state.state === "broken") return this.reply(job, { kind: "failed", code: "no_classifier", message: "" });
    if (job.task === "flip") return void this.flip(job);
    // Who moves a slider waits for the newest answer; all others come in their order.
    if (job.task === "try") this.jobs.unshift(job);
    else this.jobs.push(job);
    this.next();
  }

  next() {
    if (!this.ready || this.job || !this.jobs.length) return;
    const job = /** @type {Job} */ (this.jobs.shift());
    this.job = job;
    this.timer = setTimeout(() => this.restart(), ANSWER_WITHIN);
    const bytes = /** @type {ArrayBuffer} */ (job.bytes);
    this.worker?.postMessage({ kind: "job", id: job.id, task: job.task, bytes }, [bytes]);
  }

  /** @param {Job} job @param {{kind: string, code?: string, message?: string, content?: object, buffers?: ArrayBuffer[]}} reply */
  reply({ id, task, done }, reply) {
    if (done) return done(reply);
    const { kind, code, message, content, buffers } = reply;
    if (kind === "failed") this.tell("failed", { id, code, message });
    else this.tell(task === "look" ? "look" : "answer", { id, ...content }, buffers);
  }

  /** A question of the page's own, in between. @param {string} task @param {Blob} picture @returns {Promise<any>} */
  async ask(task, picture) {
    const bytes = await picture.arrayBuffer();
    return new Promise((resolve, reject) => {
      const done = (/** @type {any} */ { kind, code, message, content, buffers }) =>
        kind === "failed" ? reject(new Refusal(code, message)) : resolve({ ...content, buffers });
      this.add({ id: newId(), task, size: bytes.byteLength, bytes, done });
    });
  }

  /** @param {Job} job */
  async flip({ id, bytes }) {
    try {
      const picture = new Blob([/** @type {ArrayBuffer} */ (bytes)]);
      const middle = mostLooked(await this.ask("look", picture));
      // One after the other: a picture that somebody drops meanwhile waits for no more than one.
      const classify = async (/** @type {Blob[]} */ pictures) => {
        const answers = [];
        for (const each of pictures) answers.push(await this.ask("classify", each));
        return answers;
      };
      const found = await findFlip(picture, classify, middle);
      if (!found) return this.tell("flip", { id, edit: null });
      const { picture: changed, edit, strength, before, after, middle: where } = found;
      this.tell("flip", { id, edit, strength, before, after, middle: where }, [await changed.arrayBuffer()]);
    } catch (error) {
      if (!(error instanceof Refusal)) console.warn(error);
      this.tell("failed", { id, code: error instanceof Refusal ? error.code : "fault", message: "" });
    }
  }
}

/**
 * Where it looked most: the middle of that cell, as shares of the picture's width and height.
 * @param {{rows: number, columns: number, box: number[], buffers: ArrayBuffer[]}} look
 * @returns {[number, number]}
 */
function mostLooked({ rows, columns, box: [left, top, right, bottom], buffers: [buffer] }) {
  const drops = new Float32Array(buffer);
  const most = drops.indexOf(Math.max(...drops));
  const [row, column] = [Math.floor(most / columns), most % columns];
  return [left + ((right - left) * (column + 0.5)) / columns, top + ((bottom - top) * (row + 0.5)) / rows];
}
