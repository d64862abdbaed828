/**
 * The smallest change that flips an answer, searched for in the page: as snowpeople/flip.py has it, with the edits of
 * edits.js. Whoever can classify can use it.
 */

const FLIP_STEPS = 64; // of an edit's strength
const FLIP_STRIDE = 8; // steps: first looked at so far apart, then halved
const FLIP_EDITS = ["turn", "mirror", "crop", "blur", "noise", "darken", "brighten", "fade", "cover"];
const AT_ONCE_OR_NOT_AT_ALL = new Set(["mirror"]);

/**
 * `strength` is above 0 and at most 1; `middle` is where "cover" covers, as shares of the width and height; `picture` is
 * a JPEG with the edit.
 * @typedef {{edit: string, strength: number, middle?: [number, number], before: Answer, after: Answer, picture: Blob}} Flip
 */

/**
 * Of the edits that flip the answer at all, the one that changes the picture least, at the smallest strength that does:
 * of each, 1/8 to 8/8 are tried, then the first that flips is made smaller by bisection, to 1/64. That takes up to 90
 * answers, in up to five rounds.
 * @param {Blob} picture  no larger than helps the classifier: see pictureToChange
 * @param {(pictures: Blob[]) => Promise<Answer[]>} classify  the answers, in the order of the pictures
 * @param {[number, number]} [middle]  of what is covered: where the classifier looked most, if that is known
 * @returns {Promise<Flip | null>}  null where no edit flips the answer
 */
async function findFlip(picture, classify, middle = [0.5, 0.5]) {
  const original = await canvasWith(picture);
  const search = new FlipSearch(original, classify, middle);
  const [before] = await classify([picture]);
  const steps = await search.run(before);
  /** @type {(Flip & {change: number})[]} */
  const flips = [...steps].map(([edit, step]) => {
    const { answer: after, blob, change } = search.tried(edit, step);
    const where = edit === "cover" ? { middle } : {};
    return { edit, strength: step / FLIP_STEPS, ...where, before, after, picture: blob, change };
  });
  return flips.reduce((least, flip) => (least && least.change <= flip.change ? least : flip), /** @type {any} */ (null));
}

class FlipSearch {
  /** @param {HTMLCanvasElement} original @param {(pictures: Blob[]) => Promise<Answer[]>} classify @param {[number, number]} middle */
  constructor(original, classify, middle) {
    Object.assign(this, { original, classify, middle, colour: meanColour(original) });
    this.canvas = element("canvas");
    Object.assign(this.canvas, { width: original.width, height: original.height });
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.pixels = pixelsOf(original);
    /** @type {Map<string, {answer: Answer, blob: Blob, change: number}>} */
    this.answers = new Map();
  }

  /** The smallest step found of each edit that flips. @param {Answer} before @returns {Promise<Map<string, number>>} */
  async run({ label }) {
    const rough = FLIP_EDITS.map((edit) => {
      const stride = AT_ONCE_OR_NOT_AT_ALL.has(edit) ? FLIP_STEPS : FLIP_STRIDE;
      return { edit, steps: Array.from({ length: FLIP_STEPS / stride }, (_, index) => stride * (index + 1)) };
    });
    await this.ask(rough.flatMap(({ edit, steps }) => steps.map((step) => ({ edit, step }))));
    /** @param {string} edit @param {number} step */
    const flips = (edit, step) => this.tried(edit, step).answer.label !== label;
    /** @type {Map<string, number>} */
    const high = new Map();
    for (const { edit, steps } of rough) {
      const first = steps.find((step) => flips(edit, step));
      if (first) high.set(edit, first);
    }
    for (let half = FLIP_STRIDE / 2; half >= 1; half /= 2) {
      const finer = [...high].filter(([edit]) => !AT_ONCE_OR_NOT_AT_ALL.has(edit)).map(([edit, step]) => ({ edit, step: step - half }));
      await this.ask(finer);
      for (const { edit, step } of finer) if (flips(edit, step)) high.set(edit, step);
    }
    return high;
  }

  /** @param {string} edit @param {number} step */
  tried(edit, step) {
    return /** @type {{answer: Answer, blob: Blob, change: number}} */ (this.answers.get(`${edit} ${step}`));
  }

  /** @param {{edit: string, step: number}[]} asked */
  async ask(asked) {
    if (!asked.length) return;
    const made = [];
    for (const { edit, step } of asked) {
      drawEdited(this.context, this.original, editsFor(edit, step / FLIP_STEPS, this.middle), this.colour);
      const change = difference(this.pixels, pixelsOf(this.canvas));
      made.push({ blob: await jpegOf(this.canvas), change });
    }
    const answers = await this.classify(made.map(({ blob }) => blob));
    asked.forEach(({ edit, step }, index) => this.answers.set(`${edit} ${step}`, { ...made[index], answer: answers[index] }));
  }
}

/** The mean absolute difference of two opaque pictures, from 0 to 1. @param {Uint8ClampedArray} one @param {Uint8ClampedArray} other */
function difference(one, other) {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += Math.abs(one[at] - other[at]); // all are opaque: that adds nothing
  return sum / (255 * 0.75 * one.length);
}
