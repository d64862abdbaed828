/**
 * Zip archives, written here: pictures are packed already, so they are stored as they are, and that takes few lines.
 * The format's first form: up to 65,535 files and 4 GB, far more than the page keeps.
 */

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** Numbers one after another, little-endian. @param {[bytes: 2 | 4, value: number][]} fields */
function packed(...fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 0)));
  let offset = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value, true);
    offset += size;
  }
  return view;
}

/** Time and date as MS-DOS counted them: from 1980, in local time, by two seconds. @param {number} time */
function dosTime(time) {
  const date = new Date(time);
  const clock = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  const day = (Math.max(0, date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  return /** @type {const} */ ([[2, clock], [2, day]]);
}

/**
 * The archive is put together from the files' own blobs, so no second copy of them is in memory; they are read one at
 * a time, for their checksums.
 * @param {{name: string, blob: Blob, time: number}[]} files
 */
async function zipOf(files) {
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {BlobPart[]} */
  const directory = [];
  let offset = 0;
  for (const { name, blob, time } of files) {
    const path = new TextEncoder().encode(name);
    const crc = crc32(new Uint8Array(await blob.arrayBuffer()));
    const UTF8 = 1 << 11;
    // Version 2.0 reads it; the name is UTF-8; stored; nothing extra.
    const common = packed([2, 20], [2, UTF8], [2, 0], ...dosTime(time), [4, crc], [4, blob.size], [4, blob.size], [2, path.length], [2, 0]);
    const header = packed([4, 0x04034b50]);
    parts.push(header, common, path, blob);
    // No comment, all on one disk, no attributes.
    directory.push(packed([4, 0x02014b50], [2, 20]), common, packed([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), path);
    offset += header.byteLength + common.byteLength + path.length + blob.size;
  }
  const { size } = new Blob(directory);
  const end = packed([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}
