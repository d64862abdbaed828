/**
 * What the page and Python's half of the picker, picker.py, say to each other.
 *
 * PROTOCOL, version 2: custom messages of the widget. A reply to a picture carries its id, which the page makes up.
 *
 *   page → Python
 *     hello    {}                          the page is there; repeated until welcome comes
 *     start    {id, task, size, thumbnail} a picture of `size` bytes follows; `thumbnail`: the page can't show it;
 *                                          `task`: "classify" or "try", "look" or "flip", see below
 *     piece    {id, index} + [bytes]       at most welcome.piece_bytes each, in order; at most WINDOW without a `got`
 *     fetch    {id, address}               in place of start and pieces: a picture at a web address, which Python fetches
 *     cancel   {id}                        no answer is wanted any more
 *     ping     {}                          asks for a pong, when nothing was heard for a while
 *   Python → page
 *     welcome  {version, piece_bytes, examples, state, message?, about?}   `examples`: how many there will be; `about`:
 *                                          at first, Python knows no more than its limits
 *     state    {state, message?, about?, loaded?, code?, where?}   "loading", "ready" with what the classifier says of
 *                                          itself, or "broken"; of a service, "silent" or "locked" too, in place of a
 *                                          welcome, with the reason's `code` and the address that it is about (notice.js).
 *                                          `loaded`: which share of the classifier is there, where it comes to the page
 *                                          (see browser.js)
 *     example  {index} + [bytes]           an example picture; no bytes where it can't be read
 *     got      {id, pieces}                how many pieces arrived
 *     sent     {id, share}                 of a model that `tells`: how much of it is sent on from there
 *     held     {id, seconds}               it is asked again after so long, as too much was asked before it
 *     answer   {id, label, probability, unfamiliar, bars: [{label, probability}]} + [thumbnail]?
 *     look     {id, label, rows, columns, base, box} + [drops]   where it looked for `label`: how far the label's
 *                                          probability, `base`, falls when a part is covered; float32, little-endian,
 *                                          row by row, over the `box` [left, top, right, bottom] of the picture
 *     flip     {id, edit, strength, middle?, before, after} + [JPEG]   the smallest change that flips the answer, and
 *                                          the picture with it; `before` and `after` are as in `answer`. `edit`: null
 *                                          where there is none
 *     failed   {id, code, message, given?} `code`: a key of the page's `errors`; `message`: in English, and may say more;
 *                                          `given`: a service's own code, where that has another name here
 *     pong     {}
 *     gone     {}                          all that is not answered will not be: say hello, and send it anew
 *
 * @typedef {{label: string, probability: number}} Bar
 * @typedef {{label: string, probability: number, unfamiliar: boolean, bars: Bar[]}} Answer
 * @typedef {{
 *   get(name: string): any,
 *   send(content: object, callbacks?: object, buffers?: ArrayBuffer[]): void,
 *   on(event: string, callback: (...args: any[]) => void): void,
 *   off(event: string, callback: (...args: any[]) => void): void,
 * }} Model
 */

const VERSION = 2;

function newId() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

/** A copy of a message's buffer. @param {DataView} view */
function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
}
