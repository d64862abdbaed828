/**
 * The pictures of a visit. Whatever a page shows of a visit comes from these, in the order in which they were added.
 *
 * @typedef {"waiting" | "preparing" | "sending" | "fetching" | "classifying" | "done" | "failed"} State
 * @typedef {Blob | {address: string} | string} Source  a string is the code of why there is nothing to send
 * @typedef {{
 *   id: string, name: string, source: Source, state: State, progress: number, thumbnail: string,
 *   answer: Answer | null, message: string, reason: [string, string], code: string, again: boolean, batch: number,
 *   time: number, sent: Blob | null, mark: Mark | null, called?: () => string,
 * }} Item  `thumbnail`: an object URL, or "". `reason`: a failure's code and Python's words, of which `message` is
 *   made; `code`: what programs are told, a service's own where it has one. `batch`: those added together share one;
 *   `time`: when that was. `sent`: what was sent of it, or will be, as long as it is kept (see kept.js); once there is an
 *   answer, it is the `source` too. `mark`: what a visitor says that it is. `called`: gives a name of ours, in the
 *   language of now.
 */

/** @type {State[]} */
const ASKED = ["sending", "classifying"];
/** @type {State[]} */
const AWAITED = [...ASKED, "fetching"];

/** By their ids. @extends {Map<string, Item>} */
class Items extends Map {
  /** @param {(event: string, detail: any) => void} emit */
  constructor(emit) {
    super();
    this.emit = emit;
    this.batches = 0;
  }

  /** @param {Picture[]} pictures @returns {Item[]} */
  add(pictures) {
    this.batches += 1;
    const time = Date.now();
    const added = pictures.map(({ name, source, called }) => {
      /** @type {Item} */
      const item = {
        id: newId(), name: harmless(name), source, state: "waiting", progress: 0, thumbnail: "",
        answer: null, message: "", reason: ["", ""], code: "", again: false, batch: this.batches, time,
        sent: null, mark: null, called,
      };
      this.set(item.id, item);
      return item;
    });
    this.emit("added", added);
    return added;
  }

  /** @param {Item} item @param {Partial<Item>} values */
  change(item, values) {
    if (values.thumbnail !== undefined && values.thumbnail !== item.thumbnail) URL.revokeObjectURL(item.thumbnail);
    Object.assign(item, values);
    this.emit("changed", item);
  }

  /** @param {Item} item @param {Answer} answer @param {DataView} [data]  its thumbnail, a JPEG */
  answer(item, { label, probability, unfamiliar, bars }, data) {
    const small = data ? new Blob([bytesOf(data)], { type: "image/jpeg" }) : null;
    const thumbnail = small ? URL.createObjectURL(small) : item.thumbnail;
    const sent = item.sent ?? small; // of a picture at an address, the page has no more
    this.change(item, {
      state: "done", answer: { label, probability, unfamiliar, bars }, thumbnail, message: "", again: false,
      sent, source: sent ?? item.source, // a photo's own file is not needed any more
    });
    trim(this.values());
  }

  /** Under a new id: whatever still comes for the old one must not count for the next attempt. @param {Item} item */
  renew(item) {
    item.id = newId();
    const items = [...this.values()]; // it keeps its place
    this.clear();
    for (const each of items) this.set(each.id, each);
    this.change(item, { state: "waiting", answer: null, message: "", again: false, progress: 0 });
  }

  /** @param {Item} item */
  forget(item) {
    URL.revokeObjectURL(item.thumbnail);
    this.delete(item.id);
    this.emit("forgotten", item);
  }

  /** Forget all of them; nobody is told. */
  forgetAll() {
    for (const item of this.values()) URL.revokeObjectURL(item.thumbnail);
    this.clear();
  }

  /** Those of which Python has the next word. */
  *awaited() {
    for (const item of [...this.values()]) if (AWAITED.includes(item.state)) yield item;
  }

  /** @param {State[]} states */
  count(...states) {
    return [...this.values()].filter((item) => states.includes(item.state)).length;
  }
}
