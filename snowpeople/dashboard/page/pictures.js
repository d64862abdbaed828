/** Pictures before they are sent: made smaller, in a thread of their own so that the page never stops for it. */

const LONGEST_SIDE = 1024; // pixels; the classifier looks at far fewer
const SMALL_BYTES = 1_000_000; // a picture of fewer bytes and pixels than that is sent as it is, and its answer is exact
const QUALITY = 0.92;
const THUMBNAIL_SIDE = 320;
const MOST_BYTES = 100_000_000; // of a file that is read at all; to send, Python allows fewer

/**
 * Why a file is refused before any of it is read: a code, or "".
 * @param {Source} source
 */
function refusal(source) {
  if (typeof source === "string") return source;
  if (!(source instanceof Blob)) return "";
  if (!source.size) return "empty";
  if (/^(video|audio)\//.test(source.type)) return "film";
  return source.size > MOST_BYTES ? "too_large" : "";
}

/**
 * What to send for a file, and a thumbnail where the browser can show it. Photos are scaled down; what this browser
 * can't decode goes as it is, and so does all that is wanted `whole`.
 * @typedef {{blob: Blob, thumbnail: Blob | null}} Prepared
 * @param {Blob} file
 * @param {boolean} [whole]
 * @returns {Promise<Prepared>}
 */
async function prepare(file, whole = false) {
  for (const way of [shrunkApart, shrunk]) {
    try {
      return await way(file, whole);
    } catch {
      // No such thread here; or this browser can't draw there, or at all.
    }
  }
  return { blob: file, thumbnail: null };
}

// -- these run in the worker too, from their own text, and use nothing but each other and the constants given to it

/** @param {Blob} file @param {boolean} whole @returns {Promise<Prepared>} */
async function shrunk(file, whole) {
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return { blob: file, thumbnail: null };
  }
  try {
    const small = file.size <= SMALL_BYTES && Math.max(bitmap.width, bitmap.height) <= LONGEST_SIDE;
    const blob = whole || small ? file : await scaled(bitmap, LONGEST_SIDE);
    return { blob, thumbnail: await scaled(bitmap, THUMBNAIL_SIDE) };
  } finally {
    bitmap.close();
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
  /** @type {ImageBitmap | OffscreenCanvas | HTMLCanvasElement} */
  let picture = bitmap;
  do {
    const factor = Math.min(1, Math.max(0.5, side / Math.max(picture.width, picture.height)));
    const canvas = canvasOf(Math.round(picture.width * factor), Math.round(picture.height * factor));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture = canvas;
  } while (Math.max(picture.width, picture.height) > side);
  return jpegOf(picture);
}

/** @param {number} width @param {number} height */
function canvasOf(width, height) {
  const size = { width: Math.max(1, width), height: Math.max(1, height) };
  if (typeof OffscreenCanvas === "function") return new OffscreenCanvas(size.width, size.height);
  return Object.assign(document.createElement("canvas"), size);
}

/** @param {any} canvas @returns {Promise<Blob>} */
async function jpegOf(canvas) {
  if (canvas.convertToBlob) return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob) throw new Error("This browser can't write a JPEG.");
  return blob;
}

// -- the worker

const SHRINKER = `
const LONGEST_SIDE = ${LONGEST_SIDE}, SMALL_BYTES = ${SMALL_BYTES}, QUALITY = ${QUALITY}, THUMBNAIL_SIDE = ${THUMBNAIL_SIDE};
${[shrunk, scaled, canvasOf, jpegOf].join("\n")}
onmessage = async ({ data: { id, file, whole } }) => {
  postMessage(await shrunk(file, whole).then((prepared) => ({ id, prepared }), (error) => ({ id, error: String(error) })));
};`;

/** @type {Worker | null | undefined} undefined: not tried yet; null: can't be had here */
let shrinker;
/** @type {Map<string, {resolve(prepared: Prepared): void, reject(error: Error): void}>} */
const shrinking = new Map();

/** The same as `shrunk`, in the worker. @param {Blob} file @param {boolean} whole @returns {Promise<Prepared>} */
function shrunkApart(file, whole) {
  if (shrinker === undefined) shrinker = startShrinker();
  return new Promise((resolve, reject) => {
    if (!shrinker) return reject(new Error("no worker"));
    const id = newId();
    shrinking.set(id, { resolve, reject });
    shrinker.postMessage({ id, file, whole });
  });
}

function startShrinker() {
  if (typeof Worker !== "function" || typeof OffscreenCanvas !== "function") return null;
  try {
    const worker = new Worker(URL.createObjectURL(new Blob([SHRINKER], { type: "text/javascript" })));
    worker.onmessage = ({ data: { id, prepared, error } }) => {
      const waiting = shrinking.get(id);
      shrinking.delete(id);
      if (prepared) waiting?.resolve(prepared);
      else waiting?.reject(new Error(error));
    };
    worker.onerror = (event) => {
      // A page's security policy may forbid it, which is only said here.
      event.preventDefault();
      shrinker = null;
      for (const { reject } of shrinking.values()) reject(new Error("the worker failed"));
      shrinking.clear();
    };
    return worker;
  } catch {
    return null;
  }
}
