/** All that the page says. */

const WORDS = {
  choose: "Choose pictures",
  ways: "or drop them here, or paste one",
  waysPage: "or drop them anywhere on this page, or paste one",
  privacy:
    "Photos are made smaller on your device before they are sent. They are used for the answer only: nothing is kept.",
  examples: "Or try one of these:",
  example: (/** @type {number} */ n) => `Example picture ${n}`,
  results: "Answers",
  picture: (/** @type {string} */ name) => `Your picture ${name}`,
  pasted: "Pasted picture",
  waiting: "Waiting its turn …",
  preparing: "Getting it ready …",
  sending: "Sending …",
  classifying: "Looking closely …",
  failed: "No answer for this one",
  again: "Try again",
  broken: "The dashboard can’t answer yet.",
  lost: "The server does not answer. Try again; if that does not help, reload the page.",
  silent: "The server does not answer yet. If this stays, reload the page.",
  outdated: "This page and the server are of different versions. Please reload the page.",
  unreadable: "This file can’t be read: please choose it again.",
  folder: "This is a folder: please choose the pictures in it.",
  noPicture: "There was no picture in that. Drop or paste a picture file.",
  more: (/** @type {number} */ n) => `All ${n}`,
};
