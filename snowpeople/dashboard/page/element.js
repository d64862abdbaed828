/**
 * `<snow-classifier src="https://host">`: the picker in any page, with a service (service.js) behind it.
 *
 * Attributes: `src`, the service, by default where this script is from; `api-key` or `key`; `language`, else the
 * visitor's; `page`, where the page is nothing but the picker. All of a page's elements speak one language.
 * Events, which bubble: `snow-ready`, `snow-answer` and `snow-error`.
 */

const FROM = /** @type {HTMLScriptElement | null} */ (document.currentScript)?.src || document.baseURI;

/** @type {CSSStyleSheet | undefined} of all elements; no page's security policy forbids one that is made so */
let sheet;

function sharedSheet() {
  if (sheet) return sheet;
  try {
    // A length, so that 1em is what it is at the element, wherever it is used.
    CSS.registerProperty({ name: "--snow-rem", syntax: "<length>", inherits: true, initialValue: "16px" });
  } catch {
    // An old browser, or a second copy of this script.
  }
  sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  return sheet;
}

/** The address of a service, ending with a slash; null where it is none. @param {string | null} src */
function serviceAt(src) {
  try {
    const url = src ? new URL(src, document.baseURI) : new URL(".", FROM);
    if (!url.pathname.endsWith("/")) url.pathname += "/";
    url.search = url.hash = "";
    return /^https?:$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

class SnowClassifier extends HTMLElement {
  static observedAttributes = ["src", "key", "api-key", "language"];

  connectedCallback() {
    if (!this.session) this.open();
  }

  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.shut()); // one that is only moved keeps its pictures
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (!this.session || before === now) return;
    if (name.endsWith("key")) {
      this.service.use(this.apiKey);
      if (this.session.state === "locked") this.session.resume();
    } else {
      const other = name === "src";
      if (other) this.shut();
      else this.view?.close();
      this.open();
    }
  }

  get apiKey() {
    const key = this.getAttribute("api-key") ?? this.getAttribute("key") ?? "";
    return /^[\x21-\x7e]*$/.test(key) ? key : ""; // no header can carry others
  }

  open() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sharedSheet()];
    const language = this.getAttribute("language") ?? "";
    const chosen = Object.hasOwn(LANGUAGES, language);
    if (chosen && language !== LANGUAGE) speak(language, false);
    if (!this.session) {
      const src = this.getAttribute("src");
      const base = serviceAt(src);
      this.service = new Service(base ?? new URL(FROM), this.apiKey);
      this.session = new Session(base ? this.service : NOBODY);
      if (!base) this.session.setState("silent", { code: "stranger", where: src ?? "" });
      this.told = new WeakSet();
      this.toldState = "";
      this.session.addEventListener("changed", (event) => this.tell(/** @type {CustomEvent} */ (event).detail));
      this.session.addEventListener("state", () => this.tellState());
      setTimeout(() => this.tellState()); // whoever puts it into a page listens to it only then
    }
    this.view = new View(this.session, root, { page: this.hasAttribute("page"), languages: !chosen });
  }

  shut() {
    this.view?.close();
    this.session?.close();
    this.service?.close();
    this.view = this.session = this.service = undefined;
  }

  /** To the page around. @param {Item} item */
  tell({ state, answer, name, code, message }) {
    if (state === "done" && answer && !this.told.has(answer)) {
      this.told.add(answer);
      const { label, probability, unfamiliar, bars } = answer;
      const probabilities = Object.fromEntries(bars.map((bar) => [bar.label, bar.probability]));
      this.fire("snow-answer", { name, label, probability, probabilities, unfamiliar, neither: label === "neither" });
    } else if (state === "failed") this.fire("snow-error", { name, code, message });
  }

  /** To the page around, once for each change, that it is well or why not; to its console, what to do. */
  tellState() {
    if (!this.session) return; // shut meanwhile
    const { state, code, about } = this.session;
    const notice = noticeOf(this.session);
    const news = notice ? `${state} ${code} ${notice.title === WORDS.service.refused}` : state === "ready" ? state : "";
    if (!news || news === this.toldState) return;
    this.toldState = news;
    if (!notice) return this.fire("snow-ready", { title: about.title, labels: about.labels });
    const { title: message, remedy, barred } = notice;
    if (barred) console.error(`<snow-classifier>: ${remedy}`);
    this.fire("snow-error", { name: null, code, message, remedy });
  }

  /** @param {string} name @param {object} detail */
  fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** Where there is no service to talk to. @type {Model} */
const NOBODY = { get: (name) => name === "tells", send() {}, on() {}, off() {} };

if (!customElements.get("snow-classifier")) customElements.define("snow-classifier", SnowClassifier);
