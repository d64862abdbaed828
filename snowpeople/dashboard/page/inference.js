/** Pixels to answers, as snowpeople/preprocessing.py, classifier.py and prediction.py have them. */

const NEITHER = "neither";
const BATCH = 16; // pictures in one run

/**
 * What of an export's card counts here. `enough`: the shorter side, in pixels, of which a large photo is decoded. `sense`:
 * whether the network says how familiar a picture is.
 * @typedef {{
 *   labels: string[], size: number, resize: string, enough: number, known: number, familiar: number, sense: boolean,
 * }} Settings
 * @typedef {{label: string, probability: number, unfamiliar: boolean, probabilities: number[]}} Prediction
 */

/** What the network is fed: a square of `size` pixels. @param {Pixels} upright @param {Settings} settings @returns {Pixels} */
function fit(upright, { size, resize }) {
  if (resize === "middle") {
    const out = edge(size);
    return cut(resized(upright, size + 2 * out, size + 2 * out), out, out, size, size);
  }
  if (resize === "crop") {
    const { width, height } = upright;
    const side = Math.max(1, Math.trunc((Math.min(width, height) / size) * size)); // with fastai's own rounding
    upright = cut(upright, Math.floor((width - side) / 2), Math.floor((height - side) / 2), side, side);
  }
  return resized(upright, size, size);
}

/** Which part of a picture `fit` keeps: left, top, right, bottom, as shares. @param {Pixels} upright @param {Settings} settings */
function seen({ width, height }, { size, resize }) {
  let [across, down] = [0, 0];
  if (resize === "middle") across = down = edge(size) / (size + 2 * edge(size));
  if (resize === "crop") [across, down] = [width, height].map((side) => 0.5 - Math.min(width, height) / (2 * side));
  return [across, down, 1 - across, 1 - down];
}

/** How many pixels "middle" cuts off at each side: fastai's own number and rounding. @param {number} size */
const edge = (size) => Math.ceil((size * 0.14) / 8) * 4;

class Inference {
  /** @param {any} runtime  onnxruntime-web @param {any} session @param {Settings} settings */
  constructor(runtime, session, settings) {
    this.runtime = runtime;
    this.session = session;
    this.settings = settings;
  }

  /** @param {Pixels[]} fitted  as `fit` makes them @returns {Promise<Prediction[]>} */
  async predict(fitted) {
    const predictions = [];
    for (let start = 0; start < fitted.length; start += BATCH) predictions.push(...(await this.run(fitted.slice(start, start + BATCH))));
    return predictions;
  }

  /** @param {Pixels[]} pictures */
  async run(pictures) {
    const { runtime, session, settings } = this;
    const { size, labels, sense } = settings;
    const plane = size * size;
    const batch = new Float32Array(3 * plane * pictures.length);
    for (const [index, { data }] of pictures.entries()) {
      for (let colour = 0; colour < 3; colour++) {
        const to = plane * (3 * index + colour);
        for (let i = 0; i < plane; i++) batch[to + i] = data[3 * i + colour] / 255;
      }
    }
    const fed = { picture: new runtime.Tensor("float32", batch, [pictures.length, 3, size, size]) };
    const { probabilities, familiarity } = await session.run(fed, sense ? ["probabilities", "familiarity"] : ["probabilities"]);
    return pictures.map((_, index) => {
      const row = [...probabilities.data.subarray(index * labels.length, (index + 1) * labels.length)];
      return decide(row, sense ? familiarity.data[index] : null, settings);
    });
  }
}

/** @param {number[]} probabilities @param {number | null} familiarity @param {Settings} settings @returns {Prediction} */
function decide(probabilities, familiarity, { labels, known, familiar }) {
  const likeliest = probabilities.indexOf(Math.max(...probabilities));
  let label = labels[likeliest];
  let probability = probabilities[likeliest];
  if (label !== NEITHER && familiarity !== null && familiarity < familiar) {
    // As sure as it is unfamiliar: at the threshold it is one way or the other.
    return { label: NEITHER, probability: 1 - familiarity / (2 * familiar), unfamiliar: true, probabilities };
  }
  if (label !== NEITHER && probability < known) {
    label = NEITHER;
    probability = labels.includes(NEITHER) ? probabilities[labels.indexOf(NEITHER)] : 1 - probability;
  }
  return { label, probability, unfamiliar: false, probabilities };
}

const rounded = (/** @type {number} */ share) => Math.round(share * 1e4) / 1e4;

/** A prediction as the page is told of it. @param {Prediction} prediction @param {string[]} labels @returns {Answer} */
function said({ label, probability, unfamiliar, probabilities }, labels) {
  const bars = labels.map((each, index) => ({ label: each, probability: rounded(probabilities[index]) }));
  return { label, probability: rounded(probability), unfamiliar, bars };
}
