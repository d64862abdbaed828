/**
 * The bytes of a picture file to upright pixels, as snowpeople/picture does it: what a file is, is told from its first
 * bytes, sizes are checked before anything is decoded, colours stay as they are in the file. The browser decodes.
 */

const MAX_BYTES = 30_000_000;
const MAX_PIXELS = 80_000_000;
const MAX_SCANS = 500; // of a progressive JPEG: each is a pass over all the pixels
const REDUCE_ABOVE = 1000; // pixels: only a JPEG whose shorter side has more is looked at smaller
const TILE = 2048; // pixels, a multiple of 8: browsers limit how large a canvas may be
const NOT_EVERYWHERE = ["TIFF", "HEIC", "AVIF"]; // kinds that not every browser decodes

/** Why there is no picture: `code` is a key of the page's `errors`, the message is in English and may say more. */
class Fault extends Error {
  /** @param {string} code @param {string} [message] */
  constructor(code, message = "") {
    super(message);
    this.code = code;
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} smallest  pixels that the shorter side keeps where a large JPEG is looked at smaller
 * @param {Signatures} signatures
 * @returns {Promise<Pixels>}
 */
async function decoded(bytes, smallest, signatures) {
  if (!bytes.length) throw new Fault("empty");
  if (bytes.length > MAX_BYTES) throw new Fault("too_large", `This file has more than ${MAX_BYTES / 1e6} MB: please make it smaller.`);
  const kind = kindOf(bytes, signatures);
  const said = sizeIn(bytes, kind);
  if (said) checkSize(...said);
  if (kind === "JPEG" && scansIn(bytes) > MAX_SCANS) throw new Fault("unsupported");
  const orientation = takeOrientation(bytes, kind);
  const factor = kind === "JPEG" && said ? reductionFor(said, smallest) : 1;
  const exact = factor > 1 ? scaledJpeg(bytes, factor) : null;
  if (exact) return turned(exact, orientation);
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    throw new Fault(NOT_EVERYWHERE.includes(kind) ? "not_here" : "cut_off");
  }
  try {
    checkSize(bitmap.width, bitmap.height);
    return turned(flattened(bitmap, factor), orientation);
  } finally {
    bitmap.close();
  }
}

/** By how much Pillow's draft mode makes a JPEG smaller while decoding. @param {[number, number]} size @param {number} smallest */
function reductionFor([width, height], smallest) {
  if (Math.min(width, height) <= REDUCE_ABOVE) return 1;
  const most = Math.min(Math.floor(width / smallest), Math.floor(height / smallest));
  return [8, 4, 2].find((factor) => factor <= most) ?? 1;
}

/** A JPEG as Pillow's draft mode gives it; null where that can't be had. @param {Uint8Array} bytes @param {number} factor */
function scaledJpeg(bytes, factor) {
  try {
    return new ScaledJpeg(bytes, factor).decode();
  } catch {
    return null; // the browser knows more kinds, and is the judge of what is damaged
  }
}

/** On white, tile by tile. @param {ImageBitmap} bitmap @param {number} factor  by which it is made smaller @returns {Pixels} */
function flattened(bitmap, factor) {
  const width = Math.ceil(bitmap.width / factor);
  const height = Math.ceil(bitmap.height / factor);
  const data = new Uint8Array(3 * width * height);
  const canvas = new OffscreenCanvas(Math.min(TILE, bitmap.width), Math.min(TILE, bitmap.height));
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false, willReadFrequently: true }));
  context.fillStyle = "white";
  for (let top = 0; top < bitmap.height; top += TILE) {
    for (let left = 0; left < bitmap.width; left += TILE) {
      const across = Math.min(TILE, bitmap.width - left);
      const down = Math.min(TILE, bitmap.height - top);
      context.fillRect(0, 0, across, down);
      context.drawImage(bitmap, left, top, across, down, 0, 0, across, down);
      const tile = reduced(coloursOf(context.getImageData(0, 0, across, down)), factor);
      for (let y = 0; y < tile.height; y++) {
        const line = tile.data.subarray(3 * tile.width * y, 3 * tile.width * (y + 1));
        data.set(line, 3 * ((top / factor + y) * width + left / factor));
      }
    }
  }
  return { width, height, data };
}

/** Without the alpha channel. @param {ImageData} image @returns {Pixels} */
function coloursOf({ width, height, data: rgba }) {
  const data = new Uint8Array(3 * width * height);
  for (let at = 0, to = 0; to < data.length; at += 4) {
    data[to++] = rgba[at];
    data[to++] = rgba[at + 1];
    data[to++] = rgba[at + 2];
  }
  return { width, height, data };
}

/** Whether this browser gives the pixels that were drawn; one that hides who uses it may give others. */
function showsPixels() {
  const canvas = new OffscreenCanvas(16, 16);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false, willReadFrequently: true }));
  context.fillStyle = "rgb(40 90 200)";
  context.fillRect(0, 0, 16, 16);
  const { data } = context.getImageData(0, 0, 16, 16);
  return data.every((value, at) => Math.abs(value - [40, 90, 200, 255][at % 4]) <= 2);
}

/** @param {number} width @param {number} height */
function checkSize(width, height) {
  if (width < 1 || height < 1) throw new Fault("cut_off");
  if (width * height > MAX_PIXELS) {
    const most = `${MAX_PIXELS / 1e6} million`;
    throw new Fault("too_large", `This picture has ${width} × ${height} pixels, more than ${most}: please make it smaller.`);
  }
}
