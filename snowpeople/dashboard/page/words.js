/** What the page says, in the first of the browser's languages that it speaks, or the one that was chosen in it. */

const CHOSEN = "snow-language"; // in the storage of this tab: closing it forgets it

/** Tells of a "change" of language. */
const VOICE = new EventTarget();

let LANGUAGE = preferred();

/** @type {Words} */
const WORDS = wordsOf(LANGUAGE);

/** @returns {string} */
function preferred() {
  const codes = (navigator.languages ?? []).map((tag) => tag.split("-")[0].toLowerCase());
  return [stored(), ...codes].find((code) => code !== null && Object.hasOwn(LANGUAGES, code)) ?? "en";
}

function stored() {
  try {
    return sessionStorage.getItem(CHOSEN);
  } catch {
    return null; // a browser may forbid all storage
  }
}

/** @param {string} language @param {boolean} [keep]  whether a visitor chose it */
function speak(language, keep = true) {
  LANGUAGE = language;
  Object.assign(WORDS, wordsOf(language));
  try {
    if (keep) sessionStorage.setItem(CHOSEN, language);
  } catch {
    // then it lasts until the page is loaded again
  }
  VOICE.dispatchEvent(new Event("change"));
}

/** Every word; in English where the language lacks it. @param {string} language @returns {Words} */
function wordsOf(language) {
  /** @param {any} english @param {any} [own] @returns {any} */
  const over = (english, own) =>
    typeof english !== "object" || Array.isArray(english)
      ? (own ?? english)
      : Object.fromEntries(Object.entries(english).map(([key, value]) => [key, over(value, own?.[key])]));
  return over(LANGUAGES.en, /** @type {any} */ (LANGUAGES)[language]);
}

/** A language's name in itself. @param {string} code */
function languageName(code) {
  const name = new Intl.DisplayNames(code, { type: "language" }).of(code) ?? code;
  return name.slice(0, 1).toLocaleUpperCase(code) + name.slice(1);
}

/** What belongs to a key; names from outside may be those of an object's own parts. @template T @param {Record<string, T>} words @param {string} key */
function own(words, key) {
  return Object.hasOwn(words, key) ? words[key] : undefined;
}

/**
 * What a classifier says of itself: its question, its labels, the words its maker has for them, the side in pixels of
 * what it looks at. `limits`: what Python, or a service, takes.
 * @typedef {{title: string, labels: string[], names: Record<string, string>, size: number, limits?: {urls: boolean}}} About
 */

/** What a label is called. @param {string} label @param {About} about */
function nameOf(label, { labels, names }) {
  return own(names, label) ?? said(label, labels)?.name ?? label.replaceAll("_", " ");
}

/** An answer in words. @param {string} label @param {About} about */
function answerOf(label, { labels, names }) {
  const name = own(names, label);
  if (name !== undefined) return label === "neither" ? name : WORDS.is(name);
  return said(label, labels)?.answer ?? WORDS.is(label.replaceAll("_", " "));
}

/** What a label is called within a sentence. @param {string} label @param {About} about */
function listedOf(label, { labels, names }) {
  return own(names, label) ?? said(label, labels)?.listed ?? label.replaceAll("_", " ");
}

/** The question that the page asks. @param {About} about */
function titleOf({ title }) {
  return title ? (own(WORDS.titles, title) ?? title) : WORDS.title;
}

/** What it can tell, in a sentence; "" while that is not known. @param {About} about */
function introOf(about) {
  const { labels } = about;
  if (!labels.length) return "";
  const known = labels.filter((label) => label !== "neither");
  if (labels.length > 6) return WORDS.introMany(known.length); // nobody would read them
  const words = [...known, "neither"].map((label) => listedOf(label, about));
  return WORDS.intro(new Intl.ListFormat(LANGUAGE, { type: "disjunction" }).format(words));
}

/** @param {string} label @param {string[]} labels */
function said(label, labels) {
  return label === "neither" ? WORDS.neither[labels.length <= 3 ? "two" : "more"] : own(WORDS.labels, label);
}

/** Why there is no answer. @param {string} code @param {string} [english] Python's own words, which may say more */
function reasonOf(code, english = "") {
  return (LANGUAGE === "en" && english) || own(WORDS.errors, code) || english || WORDS.errors.fault;
}

/** How far a picture is that has no answer. @param {Item} item @param {Session} session */
function stateOf({ state }, session) {
  return state === "waiting" && noticeOf(session) ? WORDS.stuck : WORDS[state];
}

/** A share of 1, as this language writes it. @param {number} share */
function percent(share) {
  const { format } = new Intl.NumberFormat(LANGUAGE, { style: "percent" });
  if (share > 0.99) return `>\u00a0${format(0.99)}`;
  if (share < 0.01) return `<\u00a0${format(0.01)}`;
  return format(share);
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

/** Whether what it says is not the likeliest of the labels: then their shares are what it would say if it had to name
 * one. @param {Answer} answer */
function isForced({ label, bars }) {
  const own = bars.find((bar) => bar.label === label)?.probability ?? -1;
  return bars.some(({ probability }) => probability > own);
}

/** How sure an answer is, and what its bars are where they are of other labels. @param {Answer} answer */
function surenessOf(answer) {
  const sure = sureness(answer.probability, answer.unfamiliar);
  return isForced(answer) ? `${sure}${LANGUAGE === "ja" ? "" : " "}${WORDS.sure.forced}` : sure;
}
