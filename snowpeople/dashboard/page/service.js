/**
 * A service (`snowpeople serve`) as the Model that a Session talks to: what a kernel would do is asked of it by HTTP.
 * A picture comes in one piece, and how much of it is really sent is told by "sent".
 */

const GIVE_UP = 3; // times that a picture may break the connection of a service that is there

class Service {
  /** @param {URL} base  ends with a slash @param {string} key */
  constructor(base, key) {
    /** @type {Set<(content: any, buffers: DataView[]) => void>} */
    this.listeners = new Set();
    /** What is asked, by the id of the picture. @type {Map<string, AbortController>} */
    this.jobs = new Map();
    /** @type {Map<string, {task: string, thumbnail: boolean}>} */
    this.started = new Map();
    this.broken = 0; // connections in a row
    this.ended = new AbortController();
    this.api = new Api(base, key);
    this.readiness = new Readiness(this.api, this.ended.signal);
  }

  close() {
    this.ended.abort();
    for (const job of this.jobs.values()) job.abort();
    this.listeners.clear();
  }

  /** Another key, from now on. @param {string} key */
  use(key) {
    this.api.key = key;
    this.readiness.hurry();
  }

  // -- as a Model

  /** @param {string} name */
  get(name) {
    if (name === "tells") return true; // how much is really sent
    if (name === "apart") return this.api.base.origin !== location.origin; // from the page's own server
    return name === "key" && this.api.key !== "";
  }

  /** @param {string} _ @param {(content: any, buffers: DataView[]) => void} listener */
  on(_, listener) {
    this.listeners.add(listener);
  }

  /** @param {string} _ @param {(content: any, buffers: DataView[]) => void} listener */
  off(_, listener) {
    this.listeners.delete(listener);
  }

  /** @param {any} content @param {unknown} [_] @param {ArrayBuffer[]} [buffers] */
  send(content, _, buffers = []) {
    const { kind, id } = content;
    if (kind === "hello") this.welcome();
    else if (kind === "ping") this.say({ kind: "pong" }); // whoever is awaited has time limits of its own, in api.js
    else if (kind === "cancel") this.jobs.get(id)?.abort();
    else if (kind === "fetch") this.begin(id, "classify", (job) => classifiedBy(this.api, { address: content.address }, true, job));
    else if (kind === "start") this.started.set(id, content);
    else if (kind === "piece") {
      const { task, thumbnail } = /** @type {{task: string, thumbnail: boolean}} */ (this.started.get(id));
      this.started.delete(id);
      this.begin(id, task, (job) => TASKS[task](this.api, new Blob(buffers), thumbnail, job));
    }
  }

  /** Not before the caller is done, as from afar. @param {any} content @param {ArrayBuffer[]} [buffers] */
  say(content, buffers = []) {
    queueMicrotask(() => {
      for (const listener of this.listeners) listener(content, buffers.map((buffer) => new DataView(buffer)));
    });
  }

  async welcome() {
    const told = await this.readiness.ask();
    if (!told) return;
    this.say(told);
    if (told.kind !== "welcome") return;
    this.api.limits = told.about.limits;
    for (let index = 0; index < told.examples; index++) {
      const picture = await this.api.example(index, this.ended.signal);
      if (picture) this.say({ kind: "example", index }, [picture]);
    }
  }

  // -- what is asked

  /** @param {string} id @param {string} task @param {(job: Job) => Promise<Said>} work */
  async begin(id, task, work) {
    const controller = new AbortController();
    const { signal } = controller;
    this.jobs.set(id, controller);
    try {
      const onSent = (/** @type {number} */ share) => this.say({ kind: "sent", id, share });
      const onWait = (/** @type {number} */ seconds) => this.say({ kind: "held", id, seconds });
      const [content, buffers] = await work({ signal, onSent, onWait });
      if (!signal.aborted) this.say({ id, ...content }, buffers);
      this.broken = 0;
    } catch (error) {
      if (!signal.aborted) this.fail(id, task, error);
    }
    this.jobs.delete(id);
  }

  /** @param {string} id @param {string} task @param {unknown} error */
  fail(id, task, error) {
    const lost = error instanceof Gone || (error instanceof Problem && error.code === "key");
    if (!lost && !(error instanceof Problem)) console.warn(error);
    /** @type {{code: string, message: string, given?: string}} */
    const { code, message, given } = error instanceof Problem ? error : { code: lost ? "lost" : "fault", message: "" };
    // What a lost service owes is asked again once it is back; but a picture that breaks it each time is not.
    const again = lost && task === "classify" && ++this.broken < GIVE_UP;
    if (!again) this.say({ kind: "failed", id, code, message, given });
    if (!again) this.broken = 0;
    if (lost) this.say({ kind: "gone" });
  }
}
