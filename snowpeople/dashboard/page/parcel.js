/** What is given in one go: files, folders, or the address of a picture. */

const MOST_AT_ONCE = 200; // pictures; more would be slow to look through, for the visitor too
const MOST_ENTRIES = 10_000; // that are looked at in folders
const LONGEST_ADDRESS = 2_000; // characters
const KINDS = "image/*,.heic,.heif,.avif,.tif,.tiff";
const PICTURE_NAME = /^[^.].*\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|avif|hei[cf])$/is;

/** @typedef {{name: string, source: Source, called?: () => string}} Picture  `called`: see Item */
/** @typedef {{name: string, source: Source | FileSystemDirectoryEntry}} Given */

/**
 * The pictures in what was dropped or pasted. It has to be looked at at once: later it is empty.
 * @param {DataTransfer | null} transfer
 * @returns {Given[]}
 */
function picturesIn(transfer) {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === "file");
  const given = items.flatMap((item) => {
    const file = item.getAsFile();
    const entry = item.webkitGetAsEntry?.();
    const source = entry?.isDirectory ? entry : file;
    return source ? [{ name: file?.name ?? entry?.name ?? "", source: /** @type {any} */ (source) }] : [];
  });
  return given.length || !transfer ? given : addressIn(transfer);
}

/**
 * The address in what was dropped or pasted: of an image from another site's page, of a link, or as mere text.
 * @param {DataTransfer} transfer
 * @returns {Picture[]}
 */
function addressIn(transfer) {
  // Parsed for its text: nothing of it is shown, run or loaded. An image that is a link has both addresses; we want its own.
  const { body } = new DOMParser().parseFromString(transfer.getData("text/html"), "text/html");
  const images = body.textContent?.trim() ? [] : [...body.querySelectorAll("img")];
  const listed = transfer.getData("text/uri-list").split(/\r?\n/).filter((line) => line && !line.startsWith("#"));
  const texts = [images.length === 1 ? images[0].getAttribute("src") : "", listed[0], transfer.getData("text/plain")];
  const found = texts.map((text) => pictureAt(text ?? "")).find((picture) => picture);
  return found ? [found] : [];
}

/**
 * The picture at an address; null where the text is none.
 * @param {string} text
 * @returns {Picture | null}
 */
function pictureAt(text) {
  text = text.trim();
  if (/^data:image\//i.test(text)) return { name: "", source: "data_address" };
  if (!/^https?:\/\/\S+$/i.test(text) || text.length > LONGEST_ADDRESS) return null;
  try {
    const { href, host, pathname } = new URL(text);
    return { name: host + pathname, source: { address: href } };
  } catch {
    return null;
  }
}

/**
 * The pictures of what was given, with those in its folders, and whether there are more than are taken in one go.
 * @param {Given[]} given
 * @returns {Promise<{pictures: Picture[], cut: boolean}>}
 */
async function unpacked(given) {
  const pictures = /** @type {Picture[]} */ ([]);
  for (const { name, source } of given) {
    if (pictures.length > MOST_AT_ONCE) break;
    if (typeof source === "string" || !("isDirectory" in source)) pictures.push({ name, source });
    else {
      const files = await filesIn(/** @type {FileSystemDirectoryEntry} */ (source), MOST_AT_ONCE + 1 - pictures.length);
      pictures.push(...(files.length ? files : [{ name, source: "folder" }]));
    }
  }
  return { pictures: pictures.slice(0, MOST_AT_ONCE), cut: pictures.length > MOST_AT_ONCE };
}

/**
 * The picture files in a folder and the folders in it, in the order of their names, and no more than `most`.
 * @param {FileSystemDirectoryEntry} folder @param {number} most
 */
async function filesIn(folder, most) {
  const files = /** @type {Picture[]} */ ([]);
  /** @type {any[]} */
  const stack = [folder];
  for (let seen = 0; stack.length && files.length < most && seen < MOST_ENTRIES; ) {
    const entry = stack.pop();
    if (entry.isDirectory) {
      const entries = await entriesIn(entry, MOST_ENTRIES - seen);
      seen += entries.length;
      entries.sort((a, b) => b.name.localeCompare(a.name, undefined, { numeric: true }));
      stack.push(...entries);
    } else if (PICTURE_NAME.test(entry.name)) {
      const source = await new Promise((resolve) => entry.file(resolve, () => resolve("unreadable")));
      files.push({ name: entry.name, source });
    }
  }
  return files;
}

/** @param {FileSystemDirectoryEntry} folder @param {number} most @returns {Promise<FileSystemEntry[]>} */
async function entriesIn(folder, most) {
  const reader = folder.createReader();
  const entries = /** @type {FileSystemEntry[]} */ ([]);
  while (entries.length < most) {
    // Browsers give a hundred at a time, and none at the end.
    const some = /** @type {FileSystemEntry[]} */ (await new Promise((resolve) => reader.readEntries(resolve, () => resolve([]))));
    if (!some.length) break;
    entries.push(...some);
  }
  return entries;
}

/** A file's name as text that can't disturb the page: no control or direction characters, not too long.
 * @param {string} name */
function harmless(name) {
  const text = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\uFFFD");
  const characters = [...text];
  return characters.length <= 80 ? text : [...characters.slice(0, 50), "…", ...characters.slice(-20)].join("");
}
