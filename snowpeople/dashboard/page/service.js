/**
 * A service (`snowpeople serve`) as the Model that a Session talks to: what a kernel would do is asked of it by HTTP.
 * A picture comes in one piece, and how much of it is really sent is told by "sent". What a kernel would search for by
 * itself, the smallest change, is searched for in the page.
 */

const STALLED = 30_000; // milliseconds in which nothing more of a picture could be sent
const UNANSWERED = 60_000; // from then on; the service itself gives up after 30 s, unless it is told otherwise
const PATIENCE = 120; // seconds for which a busy service is waited for, in all
const LONGEST_WAIT = 60; // seconds, whatever it asks for
const RAREST = 15_000; // milliseconds between two questions of whether it is there
const STARTS = 4; // refusals, a quarter of a minute, in which a service that is there may still be starting
const GIVE_UP = 3; // times that a picture may break the connection of a service that is there

/** The service's codes that have other names here; "" is for its own words only. @type {Record<string, string>} */
const PROBLEMS = {
  url_address: "address", url_private: "private", url_status: "status", url_timeout: "timeout",
  url_unreachable: "unreachable", slow: "incomplete", timeout: "busy", loading: "busy", too_many: "busy",
};
const WAIT_FOR = new Set([429, 502, 503]); // the middle one is a proxy's, whose service is just starting

/** Nothing answers. */
class Gone extends Error {}

/** It answers, but not what was asked. */
class Problem extends Error {
  /** @param {number} status @param {any} content */
  constructor(status, content) {
    const code = typeof content?.code === "string" ? content.code : status === 413 ? "too_large" : status === 401 ? "key" : "";
    super(typeof content?.detail === "string" ? content.detail : "");
    /** What programs are told. @type {string | undefined} */
    this.given = code || undefined;
    this.code = PROBLEMS[code] ?? (Object.hasOwn(LANGUAGES.en.errors, code) ? code : WAIT_FOR.has(status) || status === 504 ? "busy" : "fault");
    // Its own sentence only where that says the same as ours: others are for programs.
    if (this.code !== code && !code.startsWith("url_")) this.message = "";
  }
}

class Service {
  /** @param {URL} base  ends with a slash @param {string} key */
  constructor(base, key) {
    this.base = base;
    this.key = key;
    /** @type {Set<(content: any, buffers: DataView[]) => void>} */
    this.listeners = new Set();
    /** What is asked, by the id of the picture. @type {Map<string, AbortController>} */
    this.jobs = new Map();
    /** @type {Map<string, {task: string, thumbnail: boolean}>} */
    this.started = new Map();
    this.limits = { picture_bytes: Infinity, pictures: 1, urls: true };
    this.greeting = false;
    this.refused = 0; // greetings in a row
    this.greetAt = 0; // not before
    this.broken = 0; // connections in a row
    this.forbidden = false; // by the rules of the page around
    this.ended = new AbortController();
    const { signal } = this.ended;
    document.addEventListener("securitypolicyviolation", (event) => {
      if (event.effectiveDirective === "connect-src" && event.blockedURI.startsWith(base.origin)) this.forbidden = true;
    }, { signal });
  }

  close() {
    this.ended.abort();
    for (const job of this.jobs.values()) job.abort();
    this.listeners.clear();
  }

  /** Another key, from now on. @param {string} key */
  use(key) {
    this.key = key;
    this.refused = this.greetAt = 0;
  }

  // -- as a Model

  /** @param {string} name */
  get(name) {
    if (name === "tells") return true; // how much is really sent
    if (name === "apart") return this.base.origin !== location.origin; // from the page's own server
    return name === "key" && this.key !== "";
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
    else if (kind === "ping") this.say({ kind: "pong" }); // whoever is awaited has time limits of its own, below
    else if (kind === "cancel") this.jobs.get(id)?.abort();
    else if (kind === "fetch") this.begin(id, "classify", (job) => this.classify(JSON.stringify({ url: content.address }), true, job));
    else if (kind === "start") this.started.set(id, content);
    else if (kind === "piece") {
      const { task, thumbnail } = /** @type {{task: string, thumbnail: boolean}} */ (this.started.get(id));
      this.started.delete(id);
      const picture = new Blob(buffers);
      /** @type {Record<string, (job: Job) => Promise<Said>>} */
      const tasks = {
        classify: (job) => this.classify(picture, thumbnail, job),
        try: (job) => this.classify(picture, false, job),
        look: (job) => this.look(picture, job),
        flip: (job) => this.flip(picture, job),
      };
      this.begin(id, task, tasks[task]);
    }
  }

  /** Not before the caller is done, as from afar. @param {any} content @param {ArrayBuffer[]} [buffers] */
  say(content, buffers = []) {
    queueMicrotask(() => {
      for (const listener of this.listeners) listener(content, buffers.map((buffer) => new DataView(buffer)));
    });
  }

  async welcome() {
    if (this.greeting || performance.now() < this.greetAt) return;
    this.greeting = true;
    this.greetAt = performance.now() + Math.min(RAREST, 1_000 * 2 ** this.refused++);
    try {
      const { status, content } = await this.request("about");
      if (status === 200 && content?.labels && content.limits) {
        this.limits = content.limits;
        this.refused = this.greetAt = 0;
        const examples = content.examples ?? 0;
        const more = { examples, state: "ready", about: content };
        this.say({ kind: "welcome", version: VERSION, piece_bytes: Number.MAX_SAFE_INTEGER, ...more });
        this.showExamples(examples);
      } else if (status === 401) this.say({ kind: "state", state: "locked", code: "key" });
      else if (!WAIT_FOR.has(status)) this.say({ kind: "state", state: "silent", code: "stranger", where: this.base.href });
      else if (this.refused > STARTS) this.say({ kind: "state", state: "silent", code: content?.code ?? "busy" });
    } catch {
      if (!this.ended.signal.aborted) this.say({ kind: "state", state: "silent", ...(await this.reason()) });
    }
    this.greeting = false;
  }

  /** @param {number} count */
  async showExamples(count) {
    const headers = this.key ? { Authorization: `Bearer ${this.key}` } : undefined;
    for (let index = 0; index < count; index++) {
      const options = { headers, signal: this.ended.signal };
      const answer = await fetch(new URL(`examples/${index + 1}`, this.base), options).catch(() => null);
      if (answer?.ok) this.say({ kind: "example", index }, [await answer.arrayBuffer()]);
    }
  }

  /** Why nothing answers, as well as a page can know. @returns {Promise<{code: string, where: string}>} */
  async reason() {
    const { protocol, origin, hostname, href } = this.base;
    const here = isLocal(hostname);
    if (!navigator.onLine && !here) return { code: "offline", where: "" };
    if (this.forbidden) return { code: "policy", where: origin };
    if (location.protocol === "https:" && protocol === "http:" && !here) return { code: "insecure", where: href };
    if (origin === location.origin) return { code: "gone", where: href };
    // A page may ask anybody, if it wants to see nothing of the answer: so it is there, and does not allow this page.
    const there = await fetch(new URL("healthz", this.base), { mode: "no-cors", cache: "no-store" }).catch(() => null);
    return there ? { code: "cors", where: location.origin } : { code: "gone", where: href };
  }

  // -- the tasks

  /**
   * @typedef {{signal: AbortSignal, onSent(share: number): void, onWait(seconds: number): void}} Job
   * @typedef {[content: object, buffers?: ArrayBuffer[]]} Said
   * @param {string} id @param {string} task @param {(job: Job) => Promise<Said>} work
   */
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

  /** @param {Blob | string} picture @param {boolean} thumbnail @param {Job} job @returns {Promise<Said>} */
  async classify(picture, thumbnail, job) {
    const [prediction] = await this.predict(picture, thumbnail ? "?thumbnail=true" : "", job);
    const small = prediction.thumbnail ? [bytesIn(prediction.thumbnail)] : [];
    return [{ kind: "answer", ...answerIn(prediction) }, small];
  }

  /** @param {Blob} picture @param {Job} job @returns {Promise<Said>} */
  async look(picture, job) {
    const [{ attention }] = await this.predict(picture, "?attention=true", job);
    const { label, rows, columns, probability, box, drops } = attention;
    return [{ kind: "look", label, rows, columns, base: probability, box }, [Float32Array.from(drops).buffer]];
  }

  /** @param {Blob} picture @param {Job} job @returns {Promise<Said>} */
  async flip(picture, job) {
    const [{ attention }] = await this.predict(picture, "?attention=true", job);
    const flip = await findFlip(picture, (pictures) => this.classifyAll(pictures, job), lookedMostAt(attention));
    if (!flip) return [{ kind: "flip", edit: null }];
    const { edit, strength, middle, before, after } = flip;
    return [{ kind: "flip", edit, strength, middle, before, after }, [await flip.picture.arrayBuffer()]];
  }

  /** @param {Blob[]} pictures @param {Job} job @returns {Promise<Answer[]>} */
  async classifyAll(pictures, job) {
    const answers = [];
    for (let at = 0; at < pictures.length; at += this.limits.pictures) {
      const form = new FormData();
      for (const picture of pictures.slice(at, at + this.limits.pictures)) form.append("picture", picture);
      answers.push(...(await this.predict(form, "", job)));
    }
    return answers.map(answerIn);
  }

  /** The predictions for one picture, or several. @param {Blob | FormData | string} body @param {string} query @param {Job} job */
  async predict(body, query, job) {
    if (body instanceof Blob && body.size > this.limits.picture_bytes) throw new Problem(413, null);
    for (let waited = 0; ; ) {
      const { status, content, after } = await this.request(`predict${query}`, body, job);
      if (status === 200) {
        const { predictions } = content;
        for (const { error } of predictions) if (error) throw new Problem(error.status, error);
        return predictions;
      }
      if (!WAIT_FOR.has(status) || waited + after > PATIENCE) throw new Problem(status, content);
      waited += after;
      job.onWait(after);
      await pause(after * (1 + Math.random() / 4), job.signal); // not all who wait at the same moment
    }
  }

  /**
   * @param {string} path @param {Blob | FormData | string | null} [body] @param {Job} [job]
   * @returns {Promise<{status: number, content: any, after: number}>}  `after`: seconds to wait, where it asks for that
   */
  request(path, body = null, { signal = this.ended.signal, onSent = () => {} } = /** @type {any} */ ({})) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest(); // fetch does not say how much is sent
      let timer = 0;
      const abort = () => request.abort();
      const allow = (/** @type {number} */ time) => {
        clearTimeout(timer);
        timer = setTimeout(abort, time);
      };
      signal.addEventListener("abort", abort, { once: true });
      request.open(body === null ? "GET" : "POST", new URL(path, this.base));
      if (this.key) request.setRequestHeader("Authorization", `Bearer ${this.key}`);
      if (body instanceof Blob) request.setRequestHeader("Content-Type", "application/octet-stream");
      else if (typeof body === "string") request.setRequestHeader("Content-Type", "application/json");
      if (body !== null) {
        request.upload.onprogress = ({ loaded, total }) => (allow(STALLED), onSent(Math.min(0.999, loaded / total)));
        request.upload.onload = () => (allow(UNANSWERED), onSent(1));
      }
      request.onload = () => {
        const after = Number(request.getResponseHeader("Retry-After")) || 2;
        resolve({ status: request.status, content: parsed(request.responseText), after: Math.min(after, LONGEST_WAIT) });
      };
      request.onerror = request.onabort = () => reject(new Gone());
      request.onloadend = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
      };
      allow(STALLED);
      request.send(body);
    });
  }
}

/** @param {any} prediction @returns {Answer} */
function answerIn({ label, probability, probabilities, unfamiliar }) {
  const bars = Object.entries(probabilities).map(([label, probability]) => ({ label, probability }));
  return { label, probability, unfamiliar, bars };
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // something else answers at this address
  }
}

/** @param {string} base64 @returns {ArrayBuffer} */
function bytesIn(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

/** @param {number} seconds @param {AbortSignal} signal */
function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(new Gone())), { once: true });
  });
}
