/**
 * All that the page says, in English. Other languages beside it have the same keys; what one lacks is said in English.
 * Of `labels`, only the snow people have words of their own: a maker's are in the card, or are the names of folders.
 * @typedef {typeof LANGUAGES.en} Words
 */

const LANGUAGES = {
  en: {
    language: "Language",
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
    /** The same, where nothing is looked at for now. */
    stuck: "Waiting for the classifier …",
    preparing: "Getting it ready …",
    sending: "Sending …",
    fetching: "Fetching it …",
    classifying: "Looking closely …",
    failed: "No answer for this one",
    again: "Try again",
    away: "Put away",
    broken: "The dashboard can’t answer yet.",
    silent: "The server does not answer yet. If this stays, reload the page.",
    outdated: "This page and the server are of different versions. Please reload the page.",
    noPicture: "There was no picture in that. Drop or paste a picture file.",
    cut: (/** @type {number} */ n) => `That is a lot: these are the first ${n} pictures. Add the others afterwards.`,
    more: (/** @type {number} */ n) => `All ${n}`,

    held: (/** @type {number} */ n) =>
      `The service is busy, or this was a lot for one minute: it is asked again in ${Math.ceil(n)} s.`,
    /** Of a page with a service behind it, and no notebook. */
    service: {
      lost: "The classifier can’t be reached at the moment.",
      kept: "What is on this page stays, and pictures that wait are answered as soon as it is back.",
      offline: "This device is not connected to the internet.",
      /** Where nothing helps that a visitor could do. */
      barred: "The classifier can’t be used from this page at the moment.",
      locked: "This service asks for a key.",
      refused: "This key was not accepted: please check it, and try again.",
      key: "Key of the service",
      unlock: "Use it",
      /** Why not, and what to do, for whoever runs the page; by code. */
      /** @type {Record<string, (where: string) => string>} */
      remedies: {
        gone: (address) => `Nothing answers at ${address}: the service may not be running, or the address may be wrong.`,
        insecure: (address) =>
          `This page has a secure (https) address and the service has none: browsers do not let the two talk. Give ${address} one.`,
        cors: (origin) => `The service is there, but does not let pages of ${origin} ask: start it with --cors ${origin}`,
        policy: (origin) =>
          `The rules of this page (Content-Security-Policy) do not let it ask ${origin}: name that in connect-src.`,
        stranger: (address) => `There is no such service at this address: ${address}`,
      },
    },

    waking: "I am just waking up. You can show me pictures already.",
    history: {
      title: "Your pictures",
      strip: "Your pictures, the newest first",
      csv: "Download answers (CSV)",
      zip: "Download marked pictures (ZIP)",
      clear: "Clear",
      ask: (/** @type {number} */ n) =>
        n === 1 ? "Forget your picture and its answer?" : `Forget all ${n} pictures and their answers?`,
      clearAll: "Forget them",
      clearOne: "Forget it",
      keep: "Keep them",
      keepOne: "Keep it",
      cleared: "All pictures are forgotten.",
      promise: "Your pictures and answers are only in this page: closing it forgets them.",
      /** The oldest of very many pictures. */
      dropped: (/** @type {number} */ n) =>
        `So many came that ${n === 1 ? "one old picture" : `${n} old pictures`} can’t be downloaded any more.`,
      /** Marked pictures whose files were moved, or changed, since. */
      missing: (/** @type {number} */ n) =>
        n === 1 ? "One file is not where it was, and is left out." : `${n} files are not where they were, and are left out.`,
      /** How many pictures there are, and how many have their answer. */
      tally: (/** @type {number} */ n, /** @type {number} */ done) => `${n} pictures: ${done} answered`,
      unanswered: (/** @type {number} */ n) => `${n} without an answer`,
      allDone: (/** @type {number} */ n) => `All ${n} pictures are looked at.`,
      none: "No answer",
      /** So many of the older pictures, of so many, are shown on demand. */
      more: (/** @type {number} */ n, /** @type {number} */ left) => (n < left ? `Show ${n} of ${left} more` : `Show ${n} more`),
      columns: ["Picture", "Answer", "Marked as", "State", "Time"],
      probabilityOf: (/** @type {string} */ label) => `Probability of ${label}`,
      answered: "answered",
      pending: "no answer yet",
      readme:
        "Each picture is in the folder of what it was marked as. Add these folders to those that you train on; what is in a folder that begins with _ is left out of training until you rename it.",
    },
    marks: {
      ask: "Is this wrong?",
      what: "What is it?",
      words: "In a few words, if you like",
      other: "Something else",
      save: "Mark it",
      cancel: "Cancel",
      /** `name`: a label, or the visitor's own words. */
      as: (/** @type {string} */ name) => `Marked as: ${name}`,
      undo: "Undo",
    },
    /** Of the page that is a dashboard alone. */
    page: {
      stopped: "The notebook behind this page stopped with an error. The log of the server says more.",
      lost: "The connection to the server is lost.",
      kept: "What is on this page stays, and pictures that wait are answered then.",
      startAgain: "Start again",
      starting: "Starting again …",
      gone: "It could not be started again.",
      where: "The server may be gone: open the page anew from where you found it, or try once more.",
    },

    title: "What is in your picture?",
    /** Other titles that a card may have, by their English words. */
    /** @type {Record<string, string>} */
    titles: { "Which snow person is it?": "Which snow person is it?" },
    /** `names`: what it can tell, as a list in words. */
    intro: (/** @type {string} */ names) => `Show me a picture, and I will tell you what I think: ${names}?`,
    introMany: (/** @type {number} */ n) => `I know ${n} kinds. Show me a picture, and I will tell you which one it is.`,
    /** @type {Record<string, {name: string, answer: string, listed: string}>} */
    labels: {
      olaf: { name: "Olaf", answer: "This is Olaf", listed: "Olaf" },
      abominable: { name: "Abominable", answer: "An abominable snowman", listed: "an abominable snowman" },
    },
    is: (/** @type {string} */ name) => `This is: ${name}`,
    // "Neither" is for two; of more it is "none".
    neither: {
      two: { name: "Neither", answer: "Neither of them", listed: "neither of them" },
      more: { name: "None", answer: "None of them", listed: "none of them" },
    },
    sure: {
      certain: "I am nearly certain.",
      /** How often, of ten answers as sure as this, it is right. */
      often: (/** @type {number} */ n) => `Of ten answers as sure as this, about ${n} are right.`,
      guess: "I am guessing: it could well be something else.",
      unfamiliar: "It is unlike all that I have learnt, so I don’t name it.",
      /** Before the bars of an answer that is none of them. */
      forced: "If I had to choose:",
    },

    look: {
      button: "Where did I look?",
      waiting: "I cover one part after another, to see which ones matter …",
      /** `place`: one of those below. */
      most: (/** @type {string} */ name, /** @type {string} */ place) => `Looking for ${name}, I looked most ${place}.`,
      nowhere: (/** @type {string} */ name) => `Looking for ${name}, I looked at all parts alike: no single one matters.`,
      places: {
        topLeft: "at the top left", top: "at the top", topRight: "at the top right",
        left: "at the middle left", middle: "in the middle", right: "at the middle right",
        bottomLeft: "at the bottom left", bottom: "at the bottom", bottomRight: "at the bottom right",
      },
      warm: "Orange: I looked here. Cover this, and I am less sure.",
      cool: "Blue stripes: this confused me. Cover this, and I am more sure.",
    },

    trick: {
      button: "Trick me",
      title: "Can you trick me?",
      close: "Close",
      hint: "Move the sliders, or paint over the picture with your finger or the mouse, until I change my mind.",
      loading: "Getting the picture ready …",
      /** What kind of thing the picture is, and its name, for those who can't see it. */
      stage: "picture to change",
      picture: "Your picture as you change it. The arrow keys move a patch that covers a part of it.",
      mirror: "Mirror it",
      sliders: {
        turn: "Turn it",
        zoom: "Come closer",
        blur: "Blur it",
        noise: "Add speckles",
        light: "Darker or brighter",
        grey: "Take its colours",
        cover: "Cover a part",
      },
      /** What a slider stands at: degrees, times larger, or per cent. */
      amounts: {
        turn: (/** @type {number} */ n) => `${Math.round(n)}°`,
        zoom: (/** @type {number} */ n) => `${n.toFixed(1)} times`,
        blur: (/** @type {number} */ n) => `${Math.round(n)}%`,
        noise: (/** @type {number} */ n) => `${Math.round(n)}%`,
        light: (/** @type {number} */ n) => `${Math.round(n)}%`,
        grey: (/** @type {number} */ n) => `${Math.round(n)}%`,
        cover: (/** @type {number} */ n) => `${Math.round(n)}%`,
      },
      reset: "Undo all changes",
      unpaint: "Undo the last stroke",
      /** `answer`: what I said of the picture as it was. */
      tricked: (/** @type {string} */ answer) => `Tricked! At first I said: ${answer}.`,
      search: "Show me the smallest trick",
      searching: "I am trying one trick after another …",
      none: "I tried all my tricks, and none changes my mind. Can you do it?",
      /** `how`: one of those below. `name`: what I now say; or, where that is "neither", what I said before. */
      flip: (/** @type {string} */ how, /** @type {string} */ name) => `${how}, I take this for ${name}.`,
      flipAway: (/** @type {string} */ how, /** @type {string} */ name) => `${how}, I no longer take this for ${name}.`,
      /** Beginnings of that sentence, by edit, with degrees, times larger, or per cent. */
      /** @type {Record<string, (n: number) => string>} */
      flips: {
        turn: (n) => `Turned to the right by ${n.toFixed(0)} degrees`,
        mirror: () => "Seen in a mirror",
        crop: (n) => `Seen ${n.toFixed(1)} times closer`,
        blur: (n) => `Blurred by ${n.toFixed(0)} per cent`,
        noise: (n) => `With ${n.toFixed(0)} per cent of speckles`,
        darken: (n) => `Made darker by ${n.toFixed(0)} per cent`,
        brighten: (n) => `Made brighter by ${n.toFixed(0)} per cent`,
        fade: (n) => `With ${n.toFixed(0)} per cent of its colours taken away`,
        cover: (n) => `With ${n.toFixed(0)} per cent of its width and height covered`,
      },
    },

    camera: {
      use: "Use the camera",
      off: "Stop the camera",
      starting: "Waiting for the camera …",
      sees: "What the camera sees",
      shoot: "Take a picture",
      other: "Other camera",
      every: "Or one every",
      seconds: (/** @type {number} */ n) => `${n} s`,
      inSeconds: (/** @type {number} */ n) => `A picture every ${n} seconds`,
      stop: "Stop",
      /** What a picture of it is called. */
      name: (/** @type {string} */ time) => `Camera ${time}`,
      hidden: "The camera was turned off while you were away.",
      enough: (/** @type {number} */ n) => `That was ${n} pictures: the camera is off now.`,
      unanswered: "The last picture got no answer: the camera is off now.",
      /** Why there is no camera, by code. */
      errors: {
        none: "No camera was found on this device.",
        denied: "The camera may not be used here. Allow it for this page in your browser’s settings, and try again.",
        busy: "The camera is in use by another program or page, or does not start. Close that one, and try again.",
        insecure: "Browsers give the camera only to pages with a secure (https) address, and this page has none.",
        gone: "The camera was taken away.",
      },
    },

    address: {
      use: "Web address",
      label: "Web address of a picture",
      fetch: "Fetch",
      hint: "The server of this page fetches it, for the answer only.",
      apart: "The server of the classifier fetches it, for the answer only.",
      none: "This is no web address. It looks like https://example.com/otter.jpg.",
    },

    /** Of a static site, where the classifier is in the page. */
    site: {
      privacy: "Your pictures stay on this device: this page looks at them here, and sends nothing.",
      loading: (/** @type {string} */ share) => `Getting the classifier ready: ${share}`,
      card: "About this classifier",
      file: "This page is opened from a file, where browsers let it do nothing.",
      server: "Open it from a web server: in the folder of this page, run this command, and then open this address.",
      broken: {
        old: "This browser can’t run the classifier: it may be too old. Please update it, or use another one.",
        missing: "The classifier could not be loaded: check the connection, and reload the page.",
        hidden: "This browser gives pages no pictures to look at, as a protection of who uses it. Allow this page to read images (“canvas data”), or use another browser.",
      },
    },

    /** Why there is no answer, by code. */
    /** @type {Record<string, string>} */
    errors: {
      empty: "This file is empty: please choose another one.",
      too_large: "This file is too large: please make it smaller.",
      unsupported: "This kind of file can’t be opened here: please choose a JPEG or PNG picture.",
      not_a_picture: "This file is not a picture: please choose a JPEG or PNG picture.",
      cut_off: "This picture is cut off or damaged: please choose another one.",
      folder: "There is no picture in this folder that can be opened here.",
      film: "This is a film or a sound: please choose a picture.",
      address: "This is no web address that can be opened: it looks like https://example.com/otter.jpg.",
      data_address: "This is a picture written out as text, not its address: please save it as a file and choose that.",
      private: "This address is in a private network, from which nothing is opened: please use a public one.",
      status: "That site does not give this picture: please check the address, or save the picture and choose the file.",
      timeout: "That site takes too long: please try it again later.",
      unreachable: "That site can’t be reached now: please check the address, or try it again later.",
      web_page: "This is the address of a web page: please open its picture by itself, and use that address.",
      unreadable: "This file can’t be read: please choose it again.",
      dropped: "This picture is no longer kept: please choose it again.",
      incomplete: "This file did not arrive whole: please try it again.",
      busy: "Too many pictures at once: please try this one again.",
      lost: "The server does not answer. Try again; if that does not help, reload the page.",
      no_fetch: "This page has no server that could fetch from other sites: please save the picture and choose the file.",
      not_here: "This browser can’t open this kind of picture: please save it as JPEG or PNG, or try another browser.",
      no_classifier: "There is no classifier to answer with: see the message above.",
      key: "The service does not accept the key.",
      rate: "That was a lot for one minute: please try this one again later.",
      url_off: "Addresses are not opened here: please save the picture, and choose the file.",
      fault: "Something went wrong with this picture: please try another one.",
    },
  },
};
