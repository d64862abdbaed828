/** What stands in the bytes of a picture file: its kind, its size, how it is turned. As snowpeople/picture/signatures.py. */

const HEAD = 1024; // bytes that tell a kind

/**
 * Patterns of the first bytes, from signatures.py: of pictures with their kind, of others with what they are.
 * @typedef {{pictures: [string, string][], others: [string, string][], marks: string[]}} Signatures
 */

/** @param {Uint8Array} bytes @param {number} from @param {number} to */
const textIn = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to)); // Latin-1, as the patterns

/** @param {Uint8Array} bytes @param {Signatures} signatures */
function kindOf(bytes, { pictures, others, marks }) {
  const head = textIn(bytes, 0, HEAD);
  /** @param {[string, string][]} table */
  const find = (table) => table.find(([pattern]) => new RegExp(`^(?:${pattern})`, "is").test(head))?.[1];
  const other = (/** @type {string} */ words) => new Fault("unsupported", `This is ${words}: please choose a JPEG or PNG picture.`);
  if (head.slice(4, 8) === "ftyp") { // ISO 14496-12: AVIF, HEIC and most videos
    const brands = [head.slice(8, 12), ...(head.slice(16, Math.max(viewOf(bytes).getUint32(0), 16)).match(/[^]{4}/g) ?? [])];
    const [brand] = brands;
    const avif = /^avi[fs]$/;
    if (avif.test(brand) || (/^m[is]f1$/.test(brand) && brands.some((each) => avif.test(each)))) return "AVIF";
    if (/^(hei[cxms]|hev[cxms]|mif[12]|msf1)$/.test(brand)) return "HEIC";
    throw other(brand === "crx " ? "a camera's raw file" : /^M4[AB] $/.test(brand) ? "a sound, not a picture" : "a video, not a picture");
  }
  const kind = find(pictures);
  if (kind) return kind;
  if (marks.some((mark) => head.length < mark.length && mark.startsWith(head))) throw new Fault("cut_off");
  const words = find(others);
  throw words ? other(words) : new Fault("not_a_picture");
}

/** @param {Uint8Array} bytes */
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Width and height as the file's head has them; null where that is not known.
 * @param {Uint8Array} bytes @param {string} kind
 * @returns {[number, number] | null}
 */
function sizeIn(bytes, kind) {
  const view = viewOf(bytes);
  try {
    switch (kind) {
      case "JPEG":
        for (const { marker, start } of segments(bytes)) {
          const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
          if (frame) return [view.getUint16(start + 3), view.getUint16(start + 1)];
        }
        return null;
      case "PNG":
        return [view.getUint32(16), view.getUint32(20)];
      case "GIF":
        return [view.getUint16(6, true), view.getUint16(8, true)];
      case "BMP":
        if (view.getUint32(14, true) === 12) return [view.getUint16(18, true), view.getUint16(20, true)];
        return [Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true))];
      default:
        return null; // of WebP, no more than 16,383 × 16,383 are possible; see checkSize after decoding
    }
  } catch (error) {
    if (error instanceof RangeError) throw new Fault("cut_off");
    throw error;
  }
}

/** A JPEG's segments up to its first scan, without their lengths. @param {Uint8Array} bytes */
function* segments(bytes) {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1];
    if (marker === 0xff) at += 1; // filling
    else if (marker === 0xda) return;
    else {
      const end = at + 2 + 256 * bytes[at + 2] + bytes[at + 3];
      if (end > bytes.length) return;
      yield { marker, start: at + 4, end };
      at = end;
    }
  }
}

/** @param {Uint8Array} bytes */
function scansIn(bytes) {
  let scans = 0;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) scans += Number(bytes[at + 1] === 0xda);
  return scans;
}

/**
 * The EXIF orientation of a picture, 1 where there is none. In the bytes it then is 1: else the browser would turn the
 * picture too.
 * @param {Uint8Array} bytes @param {string} kind
 */
function takeOrientation(bytes, kind) {
  let found = 0;
  for (const at of exifIn(bytes, kind)) {
    try {
      const view = viewOf(bytes);
      const little = bytes[at] === 0x49;
      const directory = at + view.getUint32(at + 4, little);
      for (let left = view.getUint16(directory, little), entry = directory + 2; left > 0; left--, entry += 12) {
        if (view.getUint16(entry, little) !== 0x0112) continue;
        found ||= view.getUint16(entry + 8, little);
        view.setUint16(entry + 8, 1, little);
        break;
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // damaged EXIF must not lose the picture
    }
  }
  return found || 1;
}

/** Where TIFF headers of EXIF data begin. @param {Uint8Array} bytes @param {string} kind @returns {number[]} */
function exifIn(bytes, kind) {
  if (kind === "JPEG") {
    const exif = [...segments(bytes)].filter(({ marker, start }) => marker === 0xe1 && textIn(bytes, start, start + 6) === "Exif\0\0");
    return exif.map(({ start }) => start + 6);
  }
  const [begin, name, little] = kind === "PNG" ? [8, "eXIf", false] : kind === "WebP" ? [12, "EXIF", true] : [bytes.length, "", false];
  const view = viewOf(bytes);
  for (let at = begin; at + 8 <= bytes.length; ) {
    const tag = textIn(bytes, at, at + 8);
    const length = view.getUint32(at + (little ? 4 : 0), little);
    if (tag.slice(little ? 0 : 4).startsWith(name)) return [at + 8 + (textIn(bytes, at + 8, at + 14) === "Exif\0\0" ? 6 : 0)];
    at += little ? 8 + length + (length % 2) : 12 + length;
  }
  return [];
}
