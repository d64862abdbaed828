/**
 * The way to Python without a widget manager: the websocket of a Jupyter kernel, and a widget's comm in it.
 *
 * WIRE: a message is the number of offsets and the offsets (all little-endian, 64 bits; the last is the end), then the
 * channel, header, parent header, metadata and content, and the buffers. Jupyter's older format is of no use: Voila's
 * server hangs when a message in it has buffers.
 */

const WIRE = "v1.kernel.websocket.jupyter.org";
const ASK_AFTER = 4_000; // milliseconds of silence, after which the kernel is asked for a sign of life
const LOST_SIGN = 8_000; // without that sign it counts as lost, until it is heard again
const RETRY_EVERY = 1_500;
const RETRIES = 3;

/** @param {string} channel @param {object[]} texts @param {ArrayBuffer[]} buffers */
function pack(channel, texts, buffers) {
  const encoder = new TextEncoder();
  const parts = [channel, ...texts.map((text) => JSON.stringify(text))].map((text) => encoder.encode(text));
  parts.push(...buffers.map((buffer) => new Uint8Array(buffer)));
  let offset = 8 * (parts.length + 2);
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, offset));
  const view = new DataView(packed.buffer);
  view.setUint32(0, parts.length + 1, true); // the upper half of each number stays 0
  for (const [index, part] of parts.entries()) {
    view.setUint32(8 * (index + 1), offset, true);
    packed.set(part, offset);
    offset += part.length;
  }
  view.setUint32(8 * (parts.length + 1), offset, true);
  return packed;
}

/** @param {ArrayBuffer} data @returns {{type: string, content: any, buffers: DataView[]}} */
function unpack(data) {
  const view = new DataView(data);
  const offsets = Array.from({ length: view.getUint32(0, true) }, (_, index) => view.getUint32(8 * (index + 1), true));
  const parts = offsets.slice(1).map((end, index) => new DataView(data, offsets[index], end - offsets[index]));
  const [, header, , , content, ...buffers] = parts;
  const decoder = new TextDecoder();
  return { type: JSON.parse(decoder.decode(header)).msg_type, content: JSON.parse(decoder.decode(content)), buffers };
}

/** Events: "open", "message" (its detail), "lost" and, where it was only silent, "found". */
class Kernel extends EventTarget {
  /** @param {string} base Jupyter's base URL @param {string} id */
  constructor(base, id) {
    super();
    this.id = id;
    this.session = newId();
    this.address = new URL(`${base}api/kernels/${encodeURIComponent(id)}/channels`, location.href);
    this.address.protocol = this.address.protocol.replace("http", "ws");
    this.address.searchParams.set("session_id", this.session);
    this.heardAt = 0; // any message; 0: none yet, and as long as cells run there may be none
    this.askedAt = 0; // 0: no sign of life is asked for
    this.silent = false;
    this.retries = 0;
    this.connect();
    this.timer = setInterval(() => this.watch(), 1_000);
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.retry);
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
  }

  get open() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  connect() {
    this.socket = new WebSocket(this.address, WIRE);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.dispatchEvent(new Event("open"));
    this.socket.onmessage = ({ data }) => this.hear(unpack(data));
    // A network that changed comes back; a kernel that is gone does not: the server closes each new socket at once.
    this.socket.onclose = () => {
      if (this.retries++ < RETRIES) this.retry = setTimeout(() => this.connect(), RETRY_EVERY);
      else this.lose();
    };
  }

  /** What is sent while there is no connection is lost. @param {string} channel @param {string} type
   * @param {object} content @param {ArrayBuffer[]} [buffers] */
  send(channel, type, content, buffers = []) {
    const header = { msg_id: newId(), msg_type: type, session: this.session, username: "", version: "5.3" };
    if (this.open) this.socket.send(pack(channel, [header, {}, {}, content], buffers));
  }

  /** @param {any} message */
  hear(message) {
    this.heardAt = performance.now();
    this.askedAt = this.retries = 0;
    if (this.silent) this.dispatchEvent(new Event("found"));
    this.silent = false;
    const dead = message.type === "status" && /restarting|dead/.test(message.content.execution_state);
    if (dead) this.lose(); // one that the server started anew knows nothing of this page
    else this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  /** Every second: is it still there? On a channel that is served even while a cell runs. */
  watch() {
    const now = performance.now();
    if (document.hidden || !this.heardAt) this.askedAt = 0;
    else if (this.askedAt && now - this.askedAt > LOST_SIGN && !this.silent) {
      this.silent = true;
      this.dispatchEvent(new Event("lost"));
    } else if (!this.askedAt && now - this.heardAt > ASK_AFTER) {
      this.askedAt = now;
      this.send("control", "kernel_info_request", {});
    }
  }

  lose() {
    this.close();
    this.dispatchEvent(new Event("lost"));
  }
}

/** A widget's comm, as the Model that a Session talks to. The kernel may come later, and may be exchanged. */
class Comm {
  constructor() {
    /** @type {Set<(content: any, buffers: DataView[]) => void>} */
    this.listeners = new Set();
    /** @type {Kernel | null} */
    this.kernel = null;
    this.id = "";
    /** @type {object | null} */
    this.unsent = null; // the last message; a session without a kernel says hello and nothing else
  }

  /** @param {Kernel} kernel @param {string} id */
  attach(kernel, id) {
    Object.assign(this, { kernel, id });
    kernel.addEventListener("open", () => this.flush());
    kernel.addEventListener("message", (event) => this.hear(/** @type {CustomEvent} */ (event).detail));
    if (kernel.open) this.flush();
  }

  flush() {
    if (this.unsent) this.send(this.unsent);
  }

  /** @param {object} content @param {unknown} [_] @param {ArrayBuffer[]} [buffers] */
  send(content, _, buffers) {
    const open = this.kernel?.open;
    this.unsent = open ? null : content;
    if (open) this.kernel?.send("shell", "comm_msg", { comm_id: this.id, data: { method: "custom", content } }, buffers);
  }

  /** @param {any} message */
  hear({ type, content, buffers }) {
    const ours = type === "comm_msg" && content.comm_id === this.id && content.data.method === "custom";
    if (ours) for (const listener of this.listeners) listener(content.data.content, buffers);
  }

  get() {}

  /** @param {string} _ @param {(content: any, buffers: DataView[]) => void} listener */
  on(_, listener) {
    this.listeners.add(listener);
  }

  /** @param {string} _ @param {(content: any, buffers: DataView[]) => void} listener */
  off(_, listener) {
    this.listeners.delete(listener);
  }
}
