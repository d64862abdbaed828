/** What the page says, in the first of the browser's languages that it speaks. */

const LANGUAGE =
  (navigator.languages ?? []).map((tag) => tag.slice(0, 2).toLowerCase()).find((code) => code in LANGUAGES) ?? "en";

/** @type {Words} */
const WORDS = { ...LANGUAGES.en, .../** @type {any} */ (LANGUAGES)[LANGUAGE] };

/**
 * What a classifier says of itself: its question, its labels, the words its maker has for them, the side in pixels of
 * what it looks at.
 * @typedef {{title: string, labels: string[], names: Record<string, string>, size: number}} About
 */

/** What a label is called. @param {string} label @param {About} about */
function nameOf(label, { labels, names }) {
  return names[label] ?? said(label, labels)?.name ?? label.replaceAll("_", " ");
}

/** An answer in words. @param {string} label @param {About} about */
function answerOf(label, { labels, names }) {
  if (label in names) return label === "neither" ? names[label] : WORDS.is(names[label]);
  return said(label, labels)?.answer ?? WORDS.is(label.replaceAll("_", " "));
}

/** What a label is called within a sentence. @param {string} label @param {About} about */
function listedOf(label, { labels, names }) {
  return names[label] ?? said(label, labels)?.listed ?? label.replaceAll("_", " ");
}

/** Why there is no answer. @param {string} code @param {string} [english] Python's own words, which may say more */
function reasonOf(code, english = "") {
  return (LANGUAGE === "en" && english) || WORDS.errors[code] || english || WORDS.errors.fault;
}

/** The question that the page asks. @param {About} about */
function titleOf({ title }) {
  return title ? (WORDS.titles[title] ?? title) : WORDS.title;
}

/** What it can tell, in a sentence; "" for so many labels that nobody would read it. @param {About} about */
function introOf(about) {
  const { labels } = about;
  if (!labels.length || labels.length > 6) return "";
  const known = labels.filter((label) => label !== "neither");
  const words = [...known, "neither"].map((label) => listedOf(label, about));
  return WORDS.intro(new Intl.ListFormat(LANGUAGE, { type: "disjunction" }).format(words));
}

/** @param {string} label @param {string[]} labels */
function said(label, labels) {
  return label === "neither" ? WORDS.neither[labels.length <= 3 ? "two" : "more"] : WORDS.labels[label];
}

/**
 * How sure an answer is, in words. Probabilities are calibrated: of answers with 0.8, eight of ten are right.
 * @param {number} probability @param {boolean} unfamiliar
 */
function sureness(probability, unfamiliar) {
  if (unfamiliar) return WORDS.sure.unfamiliar;
  if (probability >= 0.95) return WORDS.sure.certain;
  return probability < 0.55 ? WORDS.sure.guess : WORDS.sure.often(Math.round(10 * probability));
}
