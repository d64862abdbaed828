/** What can be taken along from a visit. All of it is made in the page. */

/** @param {Blob} blob @param {string} name */
function saveFile(blob, name) {
  const link = element("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // browsers begin to read it some time after the click
}

/** The answers as a table: a row a picture, in the order in which they came. @param {Session} session */
function answersTable({ items, about }) {
  const { columns, probabilityOf, answered, pending } = WORDS.history;
  const all = [...items.values()];
  const labels = [...new Set([...about.labels, ...all.flatMap(({ answer }) => (answer?.bars ?? []).map(({ label }) => label))])];
  const rows = all.map(({ name, answer, mark, state, message, time }) => [
    name || WORDS.pasted,
    answer?.label ?? "", // as the classifier has it, as are the labels in the zip
    ...labels.map((label) => answer?.bars.find((bar) => bar.label === label)?.probability ?? ""),
    mark ? mark.label || mark.words || WORDS.marks.other : "",
    state === "done" ? answered : state === "failed" ? message : pending,
    new Date(time).toLocaleString("sv"), // 2025-12-24 18:00:00: Swedish is what all spreadsheets read as a time
  ]);
  const [name, answer, marked, why, time] = columns;
  return csvOf([[name, answer, ...labels.map(probabilityOf), marked, why, time], ...rows]);
}

/** The marked pictures that are still kept. @param {Session} session */
function markedPictures({ items }) {
  return [...items.values()].filter(({ mark, sent }) => mark && sent);
}

/**
 * The marked pictures as they were sent, in folders by what they are marked as: training takes that as it is. What is
 * something else goes to a folder whose name begins with "_", which training passes over: a visitor's words become a
 * label only when somebody renames it. A file that was sent as it was, and is no longer there, is left out.
 * @param {Session} session
 * @returns {Promise<{archive: Blob, missing: number}>}
 */
async function picturesArchive(session) {
  const pathOf = uniquePaths();
  const files = [];
  let missing = 0;
  for (const { name, mark, sent, time } of markedPictures(session)) {
    const { label, words } = /** @type {Mark} */ (mark);
    const folder = label ? safeName(label) : `_${safeName(words, 1) || safeName(WORDS.marks.other, 1)}`;
    const blob = /** @type {Blob} */ (sent);
    const there = await blob.slice(0, 1).arrayBuffer().catch(() => null);
    if (there) files.push({ name: pathOf(folder || "_", pictureName(name, blob)), blob, time });
    else missing += 1;
  }
  const readme = { name: "README.txt", blob: new Blob([`${WORDS.history.readme}\n`]), time: Date.now() };
  return { archive: await zipOf([readme, ...files]), missing };
}
