/** What goes wrong with a service, under the page's names. */

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
