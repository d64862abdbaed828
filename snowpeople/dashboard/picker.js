/**
 * The picker's half in the page. The other half is picker.py.
 *
 * PROTOCOL, version 1: custom messages of the widget. A reply to a picture carries its id, which the page makes up.
 *
 *   page → Python
 *     hello    {}                          the page is there; repeated until welcome comes
 *     start    {id, size, thumbnail}       a picture of `size` bytes follows; `thumbnail`: the page can't show it
 *     piece    {id, index} + [bytes]       at most welcome.piece_bytes each, in order; at most WINDOW without a `got`
 *     cancel   {id}                        no answer is wanted any more
 *     ping     {}                          asks for a pong, when nothing was heard for a while
 *   Python → page
 *     welcome  {version, piece_bytes, state, message?}
 *     state    {state, message?}           "loading", "ready" or "broken", with a message for the visitor
 *     example  {index} + [bytes]           an example picture; no bytes where it can't be read
 *     got      {id, pieces}                how many pieces arrived
 *     answer   {id, title, bars: [{words, probability}], chosen} + [thumbnail]?
 *     failed   {id, message}
 *     pong     {}
 *
 * One Session belongs to a widget: it holds the pictures and talks to Python. Each view draws what it holds.
 *
 * @typedef {"waiting" | "preparing" | "sending" | "classifying" | "done" | "failed"} State
 * @typedef {{words: string, probability: number}} Bar
 * @typedef {{
 *   id: string, name: string, source: Blob | string, state: State, progress: number, thumbnail: string,
 *   title: string, bars: Bar[], chosen: number, message: string, again: boolean,
 * }} Item  `source`: a string says why there is nothing to send. `thumbnail`: an object URL, or "".
 * @typedef {{
 *   get(name: string): any,
 *   send(content: object, callbacks?: object, buffers?: ArrayBuffer[]): void,
 *   on(event: string, callback: (...args: any[]) => void): void,
 *   off(event: string, callback: (...args: any[]) => void): void,
 * }} Model
 */

const VERSION = 1;
const LONGEST_SIDE = 1024; // pixels; the classifier looks at far fewer
const SMALL_BYTES = 300_000; // a picture of fewer bytes and pixels than that is sent as it is
const QUALITY = 0.92;
const THUMBNAIL_SIDE = 320;
const WINDOW = 2; // pieces on their way
const AT_ONCE = 4; // pictures on their way or waiting for their answer
const HELLO_EVERY = 2_000; // milliseconds, as all that follow
const PING_AFTER = 8_000;
const LOST_AFTER = 20_000;
const MOST_BARS = 6;
const KINDS = "image/*,.heic,.heif,.avif,.tif,.tiff";

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><text y="52" font-size="52">⛄</text></svg>',
)}`;

const WORDS = {
  choose: "Choose pictures",
  ways: "or drop them here, or paste one",
  waysPage: "or drop them anywhere on this page, or paste one",
  privacy:
    "Photos are made smaller on your device before they are sent. They are used for the answer only: nothing is kept.",
  examples: "Or try one of these:",
  example: (/** @type {number} */ n) => `Example picture ${n}`,
  results: "Answers",
  picture: (/** @type {string} */ name) => `Your picture ${name}`,
  pasted: "Pasted picture",
  waiting: "Waiting its turn …",
  preparing: "Getting it ready …",
  sending: "Sending …",
  classifying: "Looking closely …",
  failed: "No answer for this one",
  again: "Try again",
  broken: "The dashboard can’t answer yet.",
  lost: "The server does not answer. Try again; if that does not help, reload the page.",
  silent: "The server does not answer yet. If this stays, reload the page.",
  outdated: "This page and the server are of different versions. Please reload the page.",
  unreadable: "This file can’t be read: please choose it again.",
  folder: "This is a folder: please choose the pictures in it.",
  noPicture: "There was no picture in that. Drop or paste a picture file.",
  more: (/** @type {number} */ n) => `All ${n}`,
};

// ---- the session: pictures, and the talk with Python

class Session extends EventTarget {
  /** @param {Model} model */
  constructor(model) {
    super();
    this.model = model;
    /** @type {Map<string, Item>} */
    this.items = new Map();
    /** @type {Map<number, {url: string, file: File}>} */
    this.examples = new Map();
    this.state = "connecting";
    this.message = "";
    this.pieceBytes = 0; // known from the welcome on; nothing is sent before
    /** @type {Map<string, (pieces: number) => void>} */
    this.onGot = new Map();
    this.pumping = false;
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

  /** @param {{name: string, source: Blob | string}[]} pictures */
  add(pictures) {
    const added = pictures.map(({ name, source }) => {
      /** @type {Item} */
      const item = {
        id: newId(), name: harmless(name), source, state: "waiting", progress: 0, thumbnail: "",
        title: "", bars: [], chosen: -1, message: "", again: false,
      };
      this.items.set(item.id, item);
      return item;
    });
    this.emit("added", added);
    this.pump();
  }

  /** @param {Item} item @param {Partial<Item>} values */
  change(item, values) {
    if (values.thumbnail !== undefined && values.thumbnail !== item.thumbnail) URL.revokeObjectURL(item.thumbnail);
    Object.assign(item, values);
    this.emit("changed", item);
  }

  /** @param {Item} item @param {string} message @param {boolean} [again] whether trying again may help */
  fail(item, message, again = false) {
    this.change(item, { state: "failed", message, again });
    this.onGot.get(item.id)?.(Infinity);
    this.pump();
  }

  /** @param {Item} item */
  retry(item) {
    // Under a new id: whatever still comes for the old one must not count for this attempt.
    this.tell("cancel", { id: item.id });
    this.items.delete(item.id);
    item.id = newId();
    this.items.set(item.id, item);
    this.change(item, { state: "waiting", message: "", again: false, progress: 0 });
    this.pump();
  }

  /** @param {State[]} states */
  count(...states) {
    return [...this.items.values()].filter((item) => states.includes(item.state)).length;
  }

  /** Send what waits: one at a time, and no more than a few unanswered. */
  async pump() {
    if (this.pumping || !this.pieceBytes) return;
    this.pumping = true;
    while (this.count("sending", "classifying") < AT_ONCE) {
      const item = [...this.items.values()].find(({ state }) => state === "waiting");
      if (!item) break;
      try {
        await this.send(item);
      } catch (error) {
        console.warn(error);
        this.change(item, { state: "failed", message: WORDS.lost, again: true });
      }
      this.onGot.delete(item.id);
    }
    this.pumping = false;
  }

  /** @param {Item} item */
  async send(item) {
    if (typeof item.source === "string") return this.change(item, { state: "failed", message: item.source });
    this.change(item, { state: "preparing" });
    const { blob, thumbnail } = await prepare(item.source);
    const bytes = await blob.arrayBuffer().catch(() => null);
    if (!bytes) return this.change(item, { state: "failed", message: WORDS.unreadable });
    if (thumbnail) this.change(item, { thumbnail: URL.createObjectURL(thumbnail) });

    let got = 0;
    let wake = () => {};
    this.onGot.set(item.id, (pieces) => {
      got = pieces;
      wake();
    });
    if (!this.count("sending", "classifying")) this.heardAt = performance.now(); // silence counts from here
    this.change(item, { state: "sending" });
    this.tell("start", { id: item.id, size: bytes.byteLength, thumbnail: !thumbnail });
    const pieces = Math.ceil(bytes.byteLength / this.pieceBytes);
    for (let index = 0; index < pieces && item.state === "sending"; index++) {
      const piece = bytes.slice(index * this.pieceBytes, (index + 1) * this.pieceBytes);
      this.tell("piece", { id: item.id, index }, [piece]);
      while (index + 1 - got >= WINDOW) await new Promise((resolve) => (wake = () => resolve(undefined)));
      if (item.state === "sending") this.change(item, { progress: got / pieces });
    }
    if (item.state === "sending") this.change(item, { state: "classifying", progress: 1 });
  }

  // -- Python

  /** @param {any} content @param {DataView[]} buffers */
  receive(content, buffers) {
    this.heardAt = performance.now();
    this.pingedAt = 0;
    const item = this.items.get(content.id);
    switch (content.kind) {
      case "welcome":
        this.pieceBytes = content.version === VERSION ? content.piece_bytes : 0;
        this.setState(this.pieceBytes ? content.state : "outdated", content.message);
        return this.pump();
      case "state":
        return this.setState(content.state, content.message);
      case "example": {
        if (this.examples.has(content.index) || !buffers[0]?.byteLength) return;
        const file = new File([bytesOf(buffers[0])], WORDS.example(content.index + 1));
        this.examples.set(content.index, { url: URL.createObjectURL(file), file });
        return this.emit("example");
      }
      case "got":
        return this.onGot.get(content.id)?.(content.pieces);
      case "answer": {
        if (!item) return;
        const { title, bars, chosen } = content;
        const [data] = buffers;
        const thumbnail = data ? URL.createObjectURL(new Blob([bytesOf(data)], { type: "image/jpeg" })) : item.thumbnail;
        this.change(item, { state: "done", title, bars, chosen, thumbnail, message: "", again: false });
        return this.pump();
      }
      case "failed":
        if (item) this.fail(item, content.message);
    }
  }

  /** @param {string} state @param {string} [message] */
  setState(state, message = "") {
    if (state === this.state && message === this.message) return;
    Object.assign(this, { state, message });
    this.emit("state");
  }

  /** Every second: say hello until there is a welcome; later, notice when Python went silent. */
  watch() {
    const now = performance.now();
    if (this.state === "connecting" || this.state === "silent") {
      if (now - this.since > LOST_AFTER) this.setState("silent");
      if (now - this.helloAt < HELLO_EVERY) return;
      this.helloAt = now;
      return this.tell("hello");
    }
    if (!this.count("sending", "classifying")) this.pingedAt = 0;
    else if (!this.pingedAt && now - this.heardAt > PING_AFTER) {
      this.pingedAt = now;
      this.tell("ping");
    } else if (this.pingedAt && now - this.pingedAt > LOST_AFTER - PING_AFTER) {
      this.pingedAt = 0;
      for (const item of [...this.items.values()]) {
        if (item.state === "sending" || item.state === "classifying") this.fail(item, WORDS.lost, true);
      }
    }
  }
}

// ---- pictures

/**
 * What to send for a file, and a thumbnail where the browser can show it. Photos are scaled down; what this browser
 * can't decode goes as it is.
 * @param {Blob} file
 * @returns {Promise<{blob: Blob, thumbnail: Blob | null}>}
 */
async function prepare(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const small = file.size <= SMALL_BYTES && Math.max(bitmap.width, bitmap.height) <= LONGEST_SIDE;
    const blob = small ? file : await scaled(bitmap, LONGEST_SIDE);
    return { blob, thumbnail: await scaled(bitmap, THUMBNAIL_SIDE) };
  } catch {
    return { blob: file, thumbnail: null };
  } finally {
    bitmap?.close();
  }
}

/**
 * A JPEG whose longer side has at most `side` pixels, on white. Halved step by step: browsers differ in how they
 * shrink by more, and some leave pixels out.
 * @param {ImageBitmap} bitmap
 * @param {number} side
 * @returns {Promise<Blob>}
 */
async function scaled(bitmap, side) {
  /** @type {ImageBitmap | HTMLCanvasElement} */
  let picture = bitmap;
  do {
    const factor = Math.min(1, Math.max(0.5, side / Math.max(picture.width, picture.height)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * factor));
    canvas.height = Math.max(1, Math.round(picture.height * factor));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture = canvas;
  } while (Math.max(picture.width, picture.height) > side);
  const canvas = /** @type {HTMLCanvasElement} */ (picture);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob) throw new Error("This browser can't write a JPEG.");
  return /** @type {Blob} */ (blob);
}

/**
 * The pictures in what was dropped or pasted.
 * @param {DataTransfer | null} transfer
 * @returns {{name: string, source: Blob | string}[]}
 */
function picturesIn(transfer) {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === "file");
  return items.flatMap((item) => {
    const file = item.getAsFile();
    const isFolder = item.webkitGetAsEntry?.()?.isDirectory;
    /** @type {Blob | string | null} */
    const source = isFolder ? WORDS.folder : file;
    return source ? [{ name: file?.name ?? "", source }] : [];
  });
}

/** A file's name as text that can't disturb the page: no control or direction characters, not too long.
 * @param {string} name */
function harmless(name) {
  const text = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\uFFFD");
  const characters = [...text];
  return characters.length <= 80 ? text : [...characters.slice(0, 50), "…", ...characters.slice(-20)].join("");
}

function newId() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

/** A copy of a message's buffer. @param {DataView} view */
function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
}

// ---- a view

/**
 * An element. Text goes in as text, never as markup.
 * @param {string} tag @param {string} [className] @param {string} [text]
 * @returns {any}
 */
function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

/** @param {number} probability */
function percent(probability) {
  if (probability > 0.99 && probability < 0.9995) return "> 99 %";
  if (probability < 0.01 && probability > 0.0005) return "< 1 %";
  return `${Math.round(probability * 100)} %`;
}

/** A snowman, drawn. */
function snowman() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 64 64");
  svg.setAttribute("class", "snow-icon");
  svg.setAttribute("aria-hidden", "true");
  for (const [part, path] of [
    ["arm", "M20 35 8 27m3 2-1-5M44 35l12-8m-3 2 1-5"],
    ["ball", "M32 60a14 14 0 1 1 0-28 14 14 0 1 1 0 28Z"],
    ["ball", "M32 35a11 11 0 1 1 0-22 11 11 0 1 1 0 22Z"],
    ["hat", "M25 15V5h14v10ZM20 15h24"],
    ["coal", "M28 22v.1M36 22v.1M32 42v.1M32 49v.1"],
    ["nose", "m32 26 9 1.5-9 2Z"],
  ]) {
    const shape = document.createElementNS(space, "path");
    shape.setAttribute("class", `snow-${part}`);
    shape.setAttribute("d", path);
    svg.append(shape);
  }
  return svg;
}

class Card {
  /** @param {Item} item @param {(item: Item) => void} retry */
  constructor(item, retry) {
    this.node = element("li", "snow-card");
    this.picture = element("div", "snow-thumbnail");
    const words = element("div", "snow-words");
    this.title = element("h3", "snow-title");
    this.name = element("p", "snow-name");
    this.name.append(element("bdi", "", item.name || WORDS.pasted));
    this.message = element("p", "snow-message");
    this.progress = element("progress", "snow-progress");
    this.progress.setAttribute("aria-label", WORDS.sending);
    this.bars = element("ul", "snow-bars");
    this.again = element("button", "snow-button", WORDS.again);
    this.again.type = "button";
    this.again.onclick = () => retry(item);
    words.append(this.title, this.name, this.message, this.progress, this.again, this.bars);
    this.node.append(this.picture, words);
    this.update(item);
  }

  /** @param {Item} item */
  update(item) {
    const { state } = item;
    this.node.dataset.state = state;
    this.title.textContent = state === "done" ? item.title : WORDS[state];
    this.message.textContent = item.message;
    this.message.hidden = !item.message;
    this.again.hidden = !item.again;
    this.progress.hidden = state === "done" || state === "failed" || state === "waiting";
    if (state === "sending") this.progress.value = item.progress;
    else this.progress.removeAttribute("value");
    const image = this.picture.querySelector("img");
    if (item.thumbnail && image?.getAttribute("src") !== item.thumbnail) {
      const next = element("img");
      next.src = item.thumbnail;
      next.alt = WORDS.picture(item.name || WORDS.pasted);
      this.picture.replaceChildren(next);
    } else if (!item.thumbnail && !this.picture.firstChild) this.picture.append(snowman());
    if (state === "done" && !this.bars.firstChild) this.drawBars(item);
    else if (state !== "done") this.bars.replaceChildren();
  }

  /** @param {Item} item */
  drawBars({ bars, chosen }) {
    const rows = bars.map(({ words, probability }, index) => {
      const row = element("li", index === chosen ? "snow-bar snow-chosen" : "snow-bar");
      const track = element("span", "snow-track");
      const fill = element("span", "snow-fill");
      fill.style.setProperty("--share", String(probability));
      track.append(fill);
      row.append(element("span", "snow-label", words), track, element("span", "snow-number", percent(probability)));
      return row;
    });
    if (rows.length <= MOST_BARS) return this.bars.replaceChildren(...rows);
    // Many classes: the likeliest in sight, all of them on demand.
    const order = bars.map((_, index) => index).sort((a, b) => bars[b].probability - bars[a].probability);
    const top = order.slice(0, MOST_BARS - 1).map((index) => rows[index].cloneNode(true));
    const more = element("li");
    const details = element("details", "snow-more");
    const list = element("ul", "snow-bars");
    list.append(...rows);
    details.append(element("summary", "", WORDS.more(rows.length)), list);
    more.append(details);
    this.bars.replaceChildren(...top, more);
  }
}

class View {
  /** @param {Session} session @param {HTMLElement} el @param {number} examples */
  constructor(session, el, examples) {
    this.session = session;
    // In Voila the page is the dashboard; in JupyterLab only the cell is.
    const page = document.body.hasAttribute("data-voila");
    if (page) document.querySelector("link[rel=icon]")?.setAttribute("href", ICON);
    this.root = element("div", "snow");

    this.notice = element("div", "snow-notice");
    this.notice.setAttribute("role", "alert");
    this.drop = element("button", "snow-drop");
    this.drop.type = "button";
    this.drop.append(snowman(), element("span", "snow-choose", WORDS.choose));
    this.drop.append(element("span", "snow-ways", page ? WORDS.waysPage : WORDS.ways));
    this.input = element("input");
    Object.assign(this.input, { type: "file", multiple: true, hidden: true, accept: KINDS });
    this.hint = element("p", "snow-hint", WORDS.privacy);
    this.examples = element("div", "snow-examples");
    this.examples.hidden = !examples;
    this.shelf = element("div", "snow-shelf");
    this.examples.append(element("p", "", WORDS.examples), this.shelf);
    for (let index = 0; index < examples; index++) this.shelf.append(this.exampleButton(index));
    this.results = element("ol", "snow-results");
    this.results.setAttribute("aria-label", WORDS.results);
    this.live = element("div", "snow-live");
    this.live.setAttribute("role", "log");
    this.live.setAttribute("aria-live", "polite");
    this.root.append(this.notice, this.drop, this.input, this.hint, this.examples, this.results, this.live);

    /** @type {Map<Item, Card>} */
    this.cards = new Map();
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.drop.addEventListener("click", () => this.input.click(), { signal });
    this.input.addEventListener("change", () => this.chosen(), { signal });
    this.listen(page ? document : this.root, signal);
    session.addEventListener("added", (event) => this.added(/** @type {CustomEvent} */ (event).detail), { signal });
    session.addEventListener("changed", (event) => this.changed(/** @type {CustomEvent} */ (event).detail), { signal });
    session.addEventListener("state", () => this.drawState(), { signal });
    session.addEventListener("example", () => this.drawExamples(), { signal });

    this.added([...session.items.values()]);
    this.drawState();
    this.drawExamples();
    el.append(this.root);
  }

  close() {
    this.abort.abort();
    this.root.remove();
  }

  /** @param {Document | HTMLElement} target @param {AbortSignal} signal */
  listen(target, signal) {
    let depth = 0; // dragenter and dragleave come for every element that is crossed
    /** @param {string} name @param {(event: any) => void} handle */
    const on = (name, handle) => target.addEventListener(name, handle, { signal });
    /** @param {DragEvent} event */
    const files = (event) => event.dataTransfer?.types.includes("Files");
    /** @param {boolean} over */
    const show = (over) => this.root.classList.toggle("snow-over", over);
    on("dragenter", (event) => files(event) && show(++depth > 0));
    on("dragleave", (event) => files(event) && show(--depth > 0));
    on("dragover", (event) => {
      event.preventDefault(); // else the browser leaves the page for the picture
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    });
    on("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      depth = 0;
      show(false);
      this.take(picturesIn(event.dataTransfer));
    });
    on("paste", (event) => {
      const pictures = picturesIn(event.clipboardData);
      if (!pictures.length) return;
      event.preventDefault();
      event.stopPropagation();
      // Browsers name every pasted picture alike.
      this.take(pictures.map((picture) => ({ ...picture, name: picture.name === "image.png" ? "" : picture.name })));
    });
  }

  /** @param {{name: string, source: Blob | string}[]} pictures */
  take(pictures) {
    this.hint.textContent = pictures.length ? WORDS.privacy : WORDS.noPicture;
    if (pictures.length) this.session.add(pictures);
    else this.say(WORDS.noPicture);
  }

  chosen() {
    this.take([...this.input.files].map((/** @type {File} */ file) => ({ name: file.name, source: file })));
    this.input.value = ""; // so that the same file can be chosen again
  }

  /** @param {number} index */
  exampleButton(index) {
    const button = element("button", "snow-example");
    Object.assign(button, { type: "button", disabled: true, ariaLabel: WORDS.example(index + 1) });
    button.onclick = () => {
      const example = this.session.examples.get(index);
      if (example) this.take([{ name: example.file.name, source: example.file }]);
    };
    return button;
  }

  drawExamples() {
    for (const [index, { url }] of this.session.examples) {
      const button = this.shelf.children[index];
      if (!button || button.firstChild) continue;
      const image = element("img");
      Object.assign(image, { src: url, alt: "", draggable: false });
      button.append(image);
      button.disabled = false;
    }
  }

  drawState() {
    const { state, message } = this.session;
    /** @type {Record<string, string>} */
    const words = { broken: WORDS.broken, silent: WORDS.silent, outdated: WORDS.outdated };
    this.notice.hidden = !words[state];
    if (words[state]) this.notice.replaceChildren(element("strong", "", words[state]), element("p", "", message));
  }

  /** The newest on top, those that came together in their order. @param {Item[]} items */
  added(items) {
    const cards = items.map((item) => {
      const card = new Card(item, (failed) => this.session.retry(failed));
      this.cards.set(item, card);
      return card.node;
    });
    this.results.prepend(...cards);
  }

  /** @param {Item} item */
  changed(item) {
    const card = this.cards.get(item);
    const before = card?.node.dataset.state;
    card?.update(item);
    if (item.state === before) return;
    const name = item.name || WORDS.pasted;
    const chosen = item.bars[item.chosen];
    if (item.state === "done") this.say(`${name}: ${item.title}${chosen ? `, ${percent(chosen.probability)}` : ""}`);
    if (item.state === "failed") this.say(`${name}: ${item.message}`);
  }

  /** To those who listen to the page. @param {string} words */
  say(words) {
    this.live.append(element("p", "", words));
    if (this.live.children.length > 20) this.live.firstChild.remove();
  }
}

export default () => {
  /** @type {Session} */
  let session;
  return {
    /** @param {{model: Model}} context */
    initialize({ model }) {
      session = new Session(model);
      return () => session.close();
    },
    /** @param {{model: Model, el: HTMLElement}} context */
    render({ model, el }) {
      const view = new View(session, el, model.get("examples"));
      return () => view.close();
    },
  };
};
