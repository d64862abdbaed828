/** Brings the pictures to Python: one at a time, and no more than a few unanswered. */

const AT_ONCE = 4; // pictures on their way or waiting for their answer; as many again that Python fetches
const AGAIN = new Set(["lost", "incomplete", "busy", "timeout", "unreachable"]); // errors that may pass

class Sender {
  /** @param {Items} items @param {Line} line @param {Watch} watch */
  constructor(items, line, watch) {
    this.items = items;
    this.line = line;
    this.watch = watch;
    this.pumping = this.previewing = false;
  }

  /** The next to be sent or fetched, if there is room for it. A slow web server holds up none of the files. */
  next() {
    const { items } = this;
    const room = { file: items.count(...ASKED) < AT_ONCE, address: items.count("fetching") < AT_ONCE };
    return [...items.values()].find(
      ({ state, source }) => state === "waiting" && (source instanceof Blob ? room.file : room.address),
    );
  }

  /** Send what waits. */
  async pump() {
    if (!this.line.isOpen) return this.preview();
    if (this.pumping) return;
    this.pumping = true;
    for (let item; this.line.isOpen && (item = this.next()); ) {
      try {
        await (item.source instanceof Blob ? this.send(item, item.source) : this.fetch(item));
      } catch (error) {
        console.warn(error);
        this.fail(item, "lost");
      }
    }
    this.pumping = false;
  }

  /** What can't be sent yet is made ready meanwhile, and seen. */
  async preview() {
    if (this.previewing) return;
    this.previewing = true;
    const waits = (/** @type {Item} */ { state, source, sent }) => state === "waiting" && source instanceof Blob && !sent;
    for (let item; !this.line.isOpen && (item = [...this.items.values()].find(waits)); ) {
      const { blob, thumbnail } = await prepare(/** @type {Blob} */ (item.source), this.line.alone);
      if (this.items.has(item.id) && waits(item)) this.prepared(item, blob, thumbnail);
    }
    this.previewing = false;
  }

  /** @param {Item} item @param {Blob} blob what to send @param {Blob | null} thumbnail */
  prepared(item, blob, thumbnail) {
    item.sent = blob;
    if (thumbnail) this.items.change(item, { thumbnail: URL.createObjectURL(thumbnail) });
  }

  /** @param {Item} item */
  fetch(item) {
    this.handOver(item, "fetching");
    const { address } = /** @type {{address: string}} */ (item.source);
    this.line.tell("fetch", { id: item.id, address });
  }

  /** @param {Item} item @param {Blob} file */
  async send(item, file) {
    const { items, line } = this;
    if (!item.sent) {
      items.change(item, { state: "preparing" });
      const { blob, thumbnail } = await prepare(file, line.alone);
      if (!items.has(item.id)) return; // cleared meanwhile
      this.prepared(item, blob, thumbnail);
    }
    const blob = /** @type {Blob} */ (item.sent);
    if (!line.isOpen) return items.change(item, { state: "waiting" }); // paused meanwhile
    this.handOver(item, "sending");
    const { id } = item;
    const wanted = () => item.state === "sending" && item.id === id;
    const picture = { id, task: "classify", blob, thumbnail: !item.thumbnail };
    const read = await line.upload(picture, wanted, (progress) => items.change(item, { progress }));
    if (!wanted()) return;
    if (!read) this.fail(item, "unreadable");
    else if (!line.tells) items.change(item, { state: "classifying", progress: 1 });
  }

  /** Python has the next word. @param {Item} item @param {"fetching" | "sending"} state */
  handOver(item, state) {
    if (!this.items.count(...AWAITED)) this.watch.expect();
    this.items.change(item, { state });
  }

  /** @param {Item} item @param {string} code @param {string} [english] Python's own words, which may say more
   * @param {string} [given] a service's own code */
  fail(item, code, english = "", given = code) {
    const message = reasonOf(code, english);
    this.items.change(item, { state: "failed", reason: [code, english], code: given, message, again: AGAIN.has(code), sent: null });
    this.line.got(item.id);
    this.pump();
  }

  /** @param {Item} item */
  retry(item) {
    this.line.tell("cancel", { id: item.id });
    this.items.renew(item);
    this.pump();
  }
}
