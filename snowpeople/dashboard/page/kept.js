/**
 * What the page keeps of the pictures that it sent, for the downloads: so many, and so much of them. A page that is
 * open all day at an exhibition would else need more and more memory.
 */

const KEPT_PICTURES = 500;
const KEPT_BYTES = 200_000_000;

/** Let go of the oldest pictures, of those not marked first. Their answers and thumbnails stay.
 * @param {Iterable<Item>} items */
function trim(items) {
  const kept = [...items].filter(({ state, sent }) => state === "done" && sent);
  kept.sort((a, b) => Number(Boolean(a.mark)) - Number(Boolean(b.mark)) || a.batch - b.batch);
  let bytes = kept.reduce((sum, { sent }) => sum + (sent?.size ?? 0), 0);
  for (let count = kept.length; count > KEPT_PICTURES || bytes > KEPT_BYTES; count--) {
    const item = kept[kept.length - count];
    bytes -= item.sent?.size ?? 0;
    Object.assign(item, { sent: null, source: "dropped" });
  }
}

/** @param {Item} item */
function isDropped({ source }) {
  return source === "dropped";
}

/** The newest first, those that came together in their order. @param {Iterable<Item>} items */
function newestFirst(items) {
  return [...items].sort((a, b) => b.batch - a.batch);
}
