/** All that the page says, in German: to a child, so by du. */

/** @type {Words} */
LANGUAGES.de = {
  language: "Sprache",
  choose: "Wähle Bilder aus",
  ways: "oder zieh sie hierher oder füge eins ein",
  waysPage: "oder zieh sie irgendwo auf diese Seite oder füge eins ein",
  privacy:
    "Fotos werden auf deinem Gerät verkleinert, bevor sie gesendet werden. Sie dienen nur der Antwort: Nichts wird aufgehoben.",
  examples: "Oder probier eins von diesen:",
  example: (n) => `Beispielbild\u00a0${n}`,
  results: "Antworten",
  picture: (name) => `Dein Bild ${name}`,
  pasted: "Eingefügtes Bild",
  waiting: "Gleich ist es dran …",
  preparing: "Wird vorbereitet …",
  sending: "Wird gesendet …",
  classifying: "Ich schaue genau hin …",
  failed: "Hierzu gibt es keine Antwort",
  again: "Noch einmal versuchen",
  broken: "Diese Seite kann noch nicht antworten.",
  silent: "Der Server antwortet noch nicht. Wenn das so bleibt, lade die Seite neu.",
  outdated: "Diese Seite und der Server haben verschiedene Versionen. Bitte lade die Seite neu.",
  noPicture: "Da war kein Bild dabei. Zieh eine Bilddatei hierher oder füge eine ein.",
  more: (n) => `Alle\u00a0${n}`,

  waking: "Ich wache gerade auf. Du kannst mir schon Bilder zeigen.",
  title: "Was ist auf deinem Bild?",
  titles: { "Which snow person is it?": "Welches Schneewesen ist das?" },
  intro: (names) => `Zeig mir ein Bild, und ich sage dir, was ich denke: ${names}?`,
  introMany: (n) => `Ich kenne ${n} Arten. Zeig mir ein Bild, und ich sage dir, welche es ist.`,
  labels: {
    olaf: { name: "Olaf", answer: "Das ist Olaf", listed: "Olaf" },
    abominable: { name: "Yeti", answer: "Das ist ein Yeti", listed: "ein Yeti" },
  },
  is: (name) => `Das ist: ${name}`,
  neither: {
    two: { name: "Keiner", answer: "Keiner von beiden", listed: "keiner von beiden" },
    more: { name: "Nichts davon", answer: "Nichts davon", listed: "nichts davon" },
  },
  sure: {
    certain: "Ich bin mir fast sicher.",
    often: (n) => `Von zehn Antworten, die so sicher sind wie diese, stimmen etwa\u00a0${n}.`,
    guess: "Ich rate nur: Es könnte gut etwas anderes sein.",
    unfamiliar: "Es ist anders als alles, was ich gelernt habe. Darum gebe ich ihm keinen Namen.",
  },

  errors: {
    empty: "Diese Datei ist leer: Bitte wähle eine andere.",
    too_large: "Diese Datei ist zu groß: Bitte mach sie kleiner.",
    unsupported: "Diese Art von Datei lässt sich hier nicht öffnen: Bitte wähle ein Bild als JPEG oder PNG.",
    not_a_picture: "Diese Datei ist kein Bild: Bitte wähle ein Bild als JPEG oder PNG.",
    cut_off: "Dieses Bild ist abgeschnitten oder beschädigt: Bitte wähle ein anderes.",
    folder: "Das ist ein Ordner: Bitte wähle die Bilder darin.",
    unreadable: "Diese Datei lässt sich nicht lesen: Bitte wähle sie noch einmal.",
    incomplete: "Diese Datei ist nicht ganz angekommen: Bitte versuch es noch einmal.",
    busy: "Zu viele Bilder auf einmal: Bitte versuch dieses noch einmal.",
    lost: "Der Server antwortet nicht. Versuch es noch einmal; wenn das nicht hilft, lade die Seite neu.",
    no_classifier: "Es fehlt, was zum Antworten nötig ist: Lies die Meldung oben.",
    fault: "Mit diesem Bild ging etwas schief: Bitte versuch ein anderes.",
  },
};
