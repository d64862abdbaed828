/** Whether a service is there and takes pictures; and if not, why, as well as a page can know. */

const RAREST = 15_000; // milliseconds between two questions of whether it is there
const STARTS = 4; // refusals, a quarter of a minute, in which a service that is there may still be starting

class Readiness {
  /** @param {Api} api @param {AbortSignal} signal */
  constructor(api, signal) {
    this.api = api;
    this.signal = signal;
    this.asking = false;
    this.refused = 0; // questions in a row
    this.askAt = 0; // not before
    this.forbidden = false; // by the rules of the page around
    document.addEventListener("securitypolicyviolation", (event) => {
      if (event.effectiveDirective === "connect-src" && event.blockedURI.startsWith(api.base.origin)) this.forbidden = true;
    }, { signal });
  }

  hurry() {
    this.refused = this.askAt = 0;
  }

  /** @returns {Promise<any>} what to tell the session; null: nothing, or it is too early to ask again */
  async ask() {
    if (this.asking || performance.now() < this.askAt) return null;
    this.asking = true;
    this.askAt = performance.now() + Math.min(RAREST, 1_000 * 2 ** this.refused++);
    try {
      return this.told(await this.api.request("about", null, { signal: this.signal }));
    } catch {
      return this.signal.aborted ? null : { kind: "state", state: "silent", ...(await this.reason()) };
    } finally {
      this.asking = false;
    }
  }

  /** @param {{status: number, content: any}} reply */
  told({ status, content }) {
    if (status === 200 && content?.labels && content.limits) {
      this.hurry();
      const more = { examples: content.examples ?? 0, state: "ready", about: content };
      return { kind: "welcome", version: VERSION, piece_bytes: Number.MAX_SAFE_INTEGER, ...more };
    }
    if (status === 401) return { kind: "state", state: "locked", code: "key" };
    if (!WAIT_FOR.has(status)) return { kind: "state", state: "silent", code: "stranger", where: this.api.base.href };
    return this.refused > STARTS ? { kind: "state", state: "silent", code: content?.code ?? "busy" } : null;
  }

  /** Why nothing answers, as well as a page can know. @returns {Promise<{code: string, where: string}>} */
  async reason() {
    const { protocol, origin, hostname, href } = this.api.base;
    const here = isLocal(hostname);
    if (!navigator.onLine && !here) return { code: "offline", where: "" };
    if (this.forbidden) return { code: "policy", where: origin };
    if (location.protocol === "https:" && protocol === "http:" && !here) return { code: "insecure", where: href };
    if (origin === location.origin) return { code: "gone", where: href };
    // A page may ask anybody, if it wants to see nothing of the answer: so it is there, and does not allow this page.
    const there = await fetch(new URL("healthz", this.api.base), { mode: "no-cors", cache: "no-store" }).catch(() => null);
    return there ? { code: "cors", where: location.origin } : { code: "gone", where: href };
  }
}
