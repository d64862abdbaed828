/**
 * The classifier in the visitor's own browser, as the Model that a Session talks to: it answers the protocol in
 * session.js as picker.py does, with a worker (worker.js) behind it. Nothing leaves the page.
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
    this.ready = false;
    this.start();
  }

  /** @param {string} name */
  get(name) {
    return name === "alone"; // see Session
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
        if (content.size > MOST_SENT) return this.tell("failed", { id, code: "too_large", message: `This file has more than ${MOST_SENT / 1e6} MB: please make it smaller.` });
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
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    this.worker = new Worker(address, { type: "module" });
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => { console.warn("worker", event.message, event.filename, event.lineno);
      event.preventDefault();
      if (this.ready) this.restart(); // it ran out of memory
      else this.become({ state: "broken", message: WORDS.site.broken.old });
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
      const found = await findFlip(new Blob([/** @type {ArrayBuffer} */ (bytes)]), (picture) => this.ask("try", picture));
      if (!found) return this.tell("flip", { id, edit: null });
      const { picture, ...content } = found;
      this.tell("flip", { id, ...content }, [await picture.arrayBuffer()]);
    } catch (error) {
      if (!(error instanceof Refusal)) console.warn(error);
      this.tell("failed", { id, code: error instanceof Refusal ? error.code : "fault", message: "" });
    }
  }
}
