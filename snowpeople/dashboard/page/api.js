/** A service's API, by HTTP. */

const STALLED = 30_000; // milliseconds in which nothing more of a picture could be sent
const UNANSWERED = 60_000; // from then on; the service itself gives up after 30 s, unless it is told otherwise
const PATIENCE = 120; // seconds for which a busy service is waited for, in all
const LONGEST_WAIT = 60; // seconds, whatever it asks for

/** @typedef {{signal: AbortSignal, onSent(share: number): void, onWait(seconds: number): void}} Job */

class Api {
  /** @param {URL} base  ends with a slash @param {string} key */
  constructor(base, key) {
    this.base = base;
    this.key = key;
    this.limits = { picture_bytes: Infinity, pictures: 1, urls: true };
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

  /** @param {number} index @param {AbortSignal} signal @returns {Promise<ArrayBuffer | null>} an example picture */
  async example(index, signal) {
    const headers = this.key ? { Authorization: `Bearer ${this.key}` } : undefined;
    const answer = await fetch(new URL(`examples/${index + 1}`, this.base), { headers, signal }).catch(() => null);
    return answer?.ok ? answer.arrayBuffer() : null;
  }

  /**
   * @param {string} path @param {Blob | FormData | string | null} body  null: nothing is sent
   * @param {{signal: AbortSignal, onSent?(share: number): void}} job
   * @returns {Promise<{status: number, content: any, after: number}>}  `after`: seconds to wait, where it asks for that
   */
  request(path, body, { signal, onSent = () => {} }) {
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

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // something else answers at this address
  }
}

/** @param {number} seconds @param {AbortSignal} signal */
function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(new Gone())), { once: true });
  });
}
