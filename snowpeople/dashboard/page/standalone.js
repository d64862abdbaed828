/**
 * The page that is a dashboard alone: what the Voila template calls, as the page comes in bit by bit. The picker works
 * before there is a kernel, and goes on with another one when the first is lost.
 */

const KERNELS_TRIED = 2; // a server may hand out one that was restarted, and knows nothing of this page
const PAGE_WITHIN = 20_000; // milliseconds: ten times what a kernel needs to start and run its notebook
const WELCOME_WITHIN = 8_000; // its notebook has run by then
const FIRST_WELCOME_WITHIN = 12_000; // there may be a crowd

/** @typedef {{comm: Comm, session: Session, place: HTMLElement}} Picker  `comm`: a comm of that kernel, once its cell is there */

class Standalone {
  constructor() {
    this.base = document.body.dataset.base ?? "/";
    /** @type {Picker[]} in the notebook's order; the first may be there before its cell */
    this.pickers = [];
    this.reachable = 0; // how many of them have Python behind them
    /** @type {Kernel | null} */
    this.kernel = null;
    this.starting = false;
    this.notice = element("div", "page-lost");
    this.notice.setAttribute("role", "alert");
    this.notice.hidden = true;
    document.body.append(this.notice);
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", ({ persisted }) => persisted && this.lost()); // back again, to a kernel that is ended
    addEventListener("DOMContentLoaded", () => this.loaded());
  }

  /** @param {HTMLElement} place @param {Partial<Session>} [first] what it says until Python says more */
  draw(place, first = {}) {
    const comm = new Comm();
    const session = Object.assign(new Session(comm), first);
    new View(session, place);
    this.pickers.push({ comm, session, place });
  }

  /** A picker at once, where there will be one. @param {HTMLElement} place @param {Partial<Session> | null} first */
  begin(place, first) {
    if (first) this.draw(place, first);
  }

  /** @param {string} id */
  started(id) {
    const kernel = new Kernel(this.base, id);
    kernel.addEventListener("lost", () => this.starting || this.lost());
    kernel.addEventListener("found", () => this.starting || this.resume());
    this.kernel = kernel;
  }

  /** The cell of a picker is there. @param {HTMLElement} cell */
  reached(cell) {
    if (this.reachable === this.pickers.length) this.draw(cell);
    const { comm, place } = this.pickers[this.reachable++];
    const cells = [...document.querySelectorAll(".page-cell")];
    // What the notebook has before its picker goes before it in the page.
    if (place !== cell) place.before(...cells.slice(0, cells.findIndex((each) => each.contains(cell))));
    if (this.kernel) comm.attach(this.kernel, cell.dataset.picker ?? "");
  }

  /** All of the page is there. */
  async loaded() {
    if (this.reachable < this.pickers.length) {
      this.pickers[0].session.setState("broken", { message: WORDS.page.stopped }); // a cell failed before it
      return;
    }
    // A kernel that died before it was ever heard may have been started anew, and then knows nothing of this page.
    if (!(await this.greeted(FIRST_WELCOME_WITHIN)) && !this.starting && this.notice.hidden) this.lost();
  }

  /** Whether the kernel knows this page's pickers; it may take some time. @param {number} within */
  async greeted(within) {
    const all = () => this.pickers.every(({ session }) => session.state !== "connecting");
    for (const until = performance.now() + within; performance.now() < until && !all(); ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return all();
  }

  lost() {
    if (!this.kernel?.silent) this.leave(); // one that is only silent may be heard again
    for (const { session } of this.pickers) session.pause();
    const button = element("button", "", WORDS.page.startAgain);
    button.type = "button";
    button.onclick = () => this.again();
    this.tell(WORDS.page.lost, WORDS.page.kept, button);
  }

  resume() {
    this.notice.hidden = true;
    for (const { session } of this.pickers) session.resume();
  }

  /** Another kernel, from this page's own address. What the page shows stays. */
  async again() {
    this.starting = true;
    this.tell(WORDS.page.starting, WORDS.page.kept);
    let welcome = false;
    for (let tried = 0; tried < KERNELS_TRIED && !welcome; tried++) {
      this.leave();
      welcome = await this.another().catch((error) => (console.warn(error), false));
    }
    this.starting = false;
    if (welcome) return void (this.notice.hidden = true);
    this.lost();
    this.tell(WORDS.page.gone, WORDS.page.where, ...this.notice.querySelectorAll("button"));
  }

  /** @returns {Promise<boolean>} whether the new kernel knows this page's pickers */
  async another() {
    const page = new DOMParser().parseFromString(await pageAnew(), "text/html");
    /** @param {string} name */
    const ids = (name) => Array.from(page.querySelectorAll(`[data-${name}]`), ({ dataset }) => dataset[name]);
    const [kernel] = ids("kernel");
    const comms = ids("picker");
    if (kernel) this.started(kernel);
    if (comms.length < this.pickers.length) throw new Error("no dashboard at this address");
    for (const [index, { comm }] of this.pickers.entries()) comm.attach(this.kernel, comms[index]);
    this.reachable = this.pickers.length;
    for (const { session } of this.pickers) session.resume();
    const greeted = await this.greeted(WELCOME_WITHIN);
    if (!greeted) for (const { session } of this.pickers) session.pause();
    return greeted;
  }

  /** @param {string} title @param {string} text @param {HTMLElement[]} more */
  tell(title, text, ...more) {
    this.notice.replaceChildren(element("strong", "", title), element("p", "", text), ...more);
    this.notice.hidden = false;
  }

  /** End the kernel, as Voila's own page does. */
  leave() {
    const { kernel } = this;
    this.kernel = null;
    if (!kernel) return;
    kernel.close();
    const form = new FormData();
    form.set("_xsrf", crossSiteToken(this.base));
    navigator.sendBeacon(`${this.base}voila/api/shutdown/${kernel.id}`, form);
  }
}

/**
 * This page, with another kernel behind it, or as much of it as comes in time: where a kernel dies or hangs while its
 * cells run, the server never ends the page. What did come may name that kernel, which can then be ended.
 * @returns {Promise<string>}
 */
async function pageAnew() {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error("the server did not end its page in time")), PAGE_WITHIN);
  let html = "";
  try {
    const { body } = await fetch(location.href, { cache: "no-store", signal: late.signal });
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let part; reader && !(part = await reader.read()).done; ) html += part.value;
  } catch (error) {
    console.warn(error);
  } finally {
    clearTimeout(timer);
  }
  return html;
}

/**
 * Jupyter takes a form whose `_xsrf` is that of the cookie: no other site can read or write either. Who comes straight
 * to this page has none yet.
 * @param {string} base
 */
function crossSiteToken(base) {
  const found = document.cookie.match(/(?:^|; *)_xsrf=([^;]*)/)?.[1];
  if (found) return found;
  const token = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  document.cookie = `_xsrf=${token}; path=${base}; SameSite=Lax`;
  return token;
}

/** @type {any} */ (globalThis).snowpeople = new Standalone();
