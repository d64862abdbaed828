/** File names that every system can have, by the same rules as gather/names.py. */

const LONGEST_NAME = 120; // bytes of UTF-8, as there
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}<>:"/\\|?*]|(?! )\p{Zs}/gu;
const JOINERS = "\u200c\u200d"; // they hold emoji and some scripts together
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i; // Windows keeps these for devices
const SUFFIX = /\.(jpe?g|jpe|jfif|png|webp|gif|bmp|tiff?|avif|hei[cf])$/i; // of what training takes

/** One part of a path, as `name` as it can be; `room` bytes are left for what follows it. "" where nothing is left.
 * @param {string} name @param {number} [room] */
function safeName(name, room = 0) {
  const ends = /^[. ]+|[. ]+$/g;
  let safe = "";
  let bytes = room;
  const clean = name.normalize("NFC").replace(UNSAFE, (character) => (JOINERS.includes(character) ? character : "_"));
  for (const character of clean.replace(ends, "")) {
    bytes += new TextEncoder().encode(character).length;
    if (bytes > LONGEST_NAME) break;
    safe += character;
  }
  return safe.replace(ends, "").replace(RESERVED, "$1_");
}

/**
 * The file name of a picture as it was sent: what the page scaled down is a JPEG, whatever its name was.
 * @param {string} name @param {Blob} blob
 */
function pictureName(name, blob) {
  const [, kind = "jpg"] = /^image\/(png|webp|gif|bmp|avif|heic|heif|tiff)$/.exec(blob.type) ?? [];
  const own = blob.type === "image/jpeg" ? undefined : SUFFIX.exec(name)?.[0].toLowerCase();
  const stem = name.replace(SUFFIX, "");
  return { stem: safeName(stem, 12) || "picture", suffix: own ?? `.${kind}` }; // room for a number and the suffix
}

/** Gives each path once: the second becomes "NAME-2". Upper and lower case are the same to some systems. */
function uniquePaths() {
  /** @type {Set<string>} */
  const taken = new Set();
  /** @param {string} folder @param {{stem: string, suffix: string}} name */
  return (folder, { stem, suffix }) => {
    let path = `${folder}/${stem}${suffix}`;
    for (let number = 2; taken.has(path.toLowerCase()); number++) path = `${folder}/${stem}-${number}${suffix}`;
    taken.add(path.toLowerCase());
    return path;
  };
}
