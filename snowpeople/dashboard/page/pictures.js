/** Pictures before they are sent: what was given, made smaller. */

const LONGEST_SIDE = 1024; // pixels; the classifier looks at far fewer
const SMALL_BYTES = 300_000; // a picture of fewer bytes and pixels than that is sent as it is
const QUALITY = 0.92;
const THUMBNAIL_SIDE = 320;
const KINDS = "image/*,.heic,.heif,.avif,.tif,.tiff";

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
    const source = isFolder ? "folder" : file;
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
