/**
 * Edits of a picture, as snowpeople/edits.py has them: drawn here, so that they follow a slider at once. (Only the
 * noise has grains of its own.)
 *
 * `turn`: degrees to the right. `zoom`, `blur`, `noise`, `grey` and `cover`: from 0 to 100. `light`: from -100, black, to
 * 100, white. `at`: the middle of what is covered, as shares of the picture's width and height.
 * @typedef {{
 *   turn: number, mirror: boolean, zoom: number, blur: number, noise: number, light: number, grey: number,
 *   cover: number, at: [number, number],
 * }} Edits
 */

/** @type {Readonly<Edits>} */
const AS_IT_IS = { turn: 0, mirror: false, zoom: 0, blur: 0, noise: 0, light: 0, grey: 0, cover: 0, at: [0.5, 0.5] };
const CROP = 0.75; // of each side
const BLUR = 0.06; // of the shorter side
const GRAINS = 128; // of noise, across and down

/** How many times larger a `zoom` makes things. @param {number} zoom */
const timesLarger = (zoom) => 1 / (1 - (CROP * zoom) / 100);

/** What of Python's edits the sliders can do. @param {string} edit @param {number} strength @param {[number, number]} [middle] */
function editsFor(edit, strength, middle) {
  const share = 100 * strength;
  /** @type {Record<string, Partial<Edits>>} */
  const known = {
    turn: { turn: 180 * strength }, mirror: { mirror: true }, crop: { zoom: share }, blur: { blur: share },
    noise: { noise: share }, darken: { light: -share }, brighten: { light: share }, fade: { grey: share },
    cover: { cover: share, at: middle },
  };
  return known[edit] && { ...AS_IT_IS, ...known[edit] };
}

/**
 * @param {CanvasRenderingContext2D} context  of a canvas as large as the picture
 * @param {HTMLCanvasElement} picture
 * @param {Edits} edits
 * @param {string} colour  what comes in at the corners and covers
 */
function drawEdited(context, picture, edits, colour) {
  const { width, height } = picture;
  context.fillStyle = colour;
  context.fillRect(0, 0, width, height);
  context.save();
  context.imageSmoothingQuality = "high";
  context.translate(width / 2, height / 2);
  context.rotate((edits.turn * Math.PI) / 180);
  const scale = timesLarger(edits.zoom);
  context.scale(edits.mirror ? -scale : scale, scale);
  context.drawImage(picture, -width / 2, -height / 2);
  context.restore();
  if (edits.blur || edits.noise || edits.light || edits.grey) {
    const image = context.getImageData(0, 0, width, height);
    if (edits.blur) blur(image, (BLUR * edits.blur * Math.min(width, height)) / 100);
    shade(image, edits);
    context.putImageData(image, 0, 0);
  }
  if (!edits.cover) return;
  const { left, top, right, bottom } = covered(edits, width, height);
  context.fillRect(left, top, right - left, bottom - top);
}

/** What is covered, all of it in the picture, in pixels. @param {Edits} edits @param {number} width @param {number} height */
function covered({ cover, at: [x, y] }, width, height) {
  const across = Math.max(1, Math.round((width * cover) / 100));
  const down = Math.max(1, Math.round((height * cover) / 100));
  const left = Math.min(Math.max(0, Math.round(x * width - across / 2)), width - across);
  const top = Math.min(Math.max(0, Math.round(y * height - down / 2)), height - down);
  return { left, top, right: left + across, bottom: top + down };
}

/** Noise, light and colour. @param {ImageData} image @param {Edits} edits */
function shade({ data, width, height }, { noise, light, grey }) {
  const white = light > 0 ? 255 : 0;
  const mix = Math.abs(light) / 100;
  const fade = grey / 100;
  const loud = (255 * noise) / 100;
  const noises = loud ? grains() : null;
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * GRAINS) / height) * GRAINS;
    for (let x = 0; x < width; x++, at += 4) {
      let red = data[at];
      let green = data[at + 1];
      let blue = data[at + 2];
      if (noises) {
        const grain = 3 * (row + Math.floor((x * GRAINS) / width));
        red = Math.min(255, Math.max(0, red + loud * noises[grain]));
        green = Math.min(255, Math.max(0, green + loud * noises[grain + 1]));
        blue = Math.min(255, Math.max(0, blue + loud * noises[grain + 2]));
      }
      const same = 0.299 * red + 0.587 * green + 0.114 * blue;
      data[at] = (red + (same - red) * fade) * (1 - mix) + white * mix;
      data[at + 1] = (green + (same - green) * fade) * (1 - mix) + white * mix;
      data[at + 2] = (blue + (same - blue) * fade) * (1 - mix) + white * mix;
    }
  }
}

/** @type {Float32Array | undefined} */
let grainsOnce;

/** Noise, always the same: red, green and blue of each grain, of standard deviation 1. */
function grains() {
  if (grainsOnce) return grainsOnce;
  let state = 1;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647; // Park and Miller's
  // Box and Muller's way from even to normal numbers.
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return (grainsOnce = Float32Array.from({ length: GRAINS * GRAINS * 3 }, normal));
}

/** Nearly a Gaussian blur: three times the mean of so many neighbours, across and down. @param {ImageData} image @param {number} deviation */
function blur({ data, width, height }, deviation) {
  const reach = Math.sqrt(deviation * deviation + 0.25) - 0.5;
  let line = new Float32Array(Math.max(width, height));
  let next = line.slice();
  /** @param {number} start @param {number} step @param {number} length */
  const smooth = (start, step, length) => {
    for (let i = 0, at = start; i < length; i++, at += step) line[i] = data[at];
    for (let turn = 0; turn < 3; turn++) {
      average(line, next, length, reach);
      [line, next] = [next, line];
    }
    for (let i = 0, at = start; i < length; i++, at += step) data[at] = line[i];
  };
  for (let colour = 0; colour < 3; colour++) {
    for (let y = 0; y < height; y++) smooth(4 * y * width + colour, 4, width);
    for (let x = 0; x < width; x++) smooth(4 * x + colour, 4 * width, height);
  }
}

/**
 * The mean of each number with its `reach` neighbours to both sides, of the last of them a part; the outermost goes on for
 * ever.
 * @param {Float32Array} line @param {Float32Array} means @param {number} length @param {number} reach
 */
function average(line, means, length, reach) {
  const last = length - 1;
  const whole = Math.floor(reach);
  const part = reach - whole;
  const share = 1 / (1 + 2 * reach);
  let sum = 0;
  for (let i = -whole; i <= whole; i++) sum += line[Math.min(last, Math.max(0, i))];
  for (let i = 0; i < length; i++) {
    const before = line[Math.max(0, i - whole - 1)];
    const after = line[Math.min(last, i + whole + 1)];
    means[i] = (sum + part * (before + after)) * share;
    sum += after - line[Math.max(0, i - whole)];
  }
}

/** Red, green, blue and how opaque, for each. @param {HTMLCanvasElement} canvas */
function pixelsOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).getImageData(0, 0, canvas.width, canvas.height).data;
}

/** A picture's mean colour, for CSS. @param {HTMLCanvasElement} picture */
function meanColour(picture) {
  const data = pixelsOf(picture);
  const sums = [0, 0, 0];
  for (let at = 0; at < data.length; at++) if (at % 4 < 3) sums[at % 4] += data[at];
  return `rgb(${sums.map((sum) => Math.round((4 * sum) / data.length)).join(" ")})`;
}
