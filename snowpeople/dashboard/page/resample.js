/**
 * Pillow's way of resizing, bit for bit: the classifier learnt from pictures that were made smaller so. After Pillow's
 * Resample.c, for eight bits a colour: weights as whole numbers, rows and columns apart, and rounded in between.
 *
 * @typedef {{width: number, height: number, data: Uint8Array}} Pixels  RGB: three bytes a pixel, row by row
 */

const PRECISION = 22; // bits of a weight

/**
 * With Pillow's BILINEAR: a triangle, as wide as the picture shrinks.
 * @param {Pixels} picture @param {number} width @param {number} height
 * @returns {Pixels}
 */
function resized(picture, width, height) {
  const across = (/** @type {Pixels} */ part) => (part.width === width ? part : resizedAcross(part, width));
  const down = (/** @type {Pixels} */ part) => (part.height === height ? part : resizedDown(part, height));
  // Tall pictures first lose rows, as in Pillow 13; the rounding in between tells.
  const tall = picture.height > height && picture.height - height > 2 * (picture.width - width);
  return tall ? across(down(picture)) : down(across(picture));
}

/**
 * For each pixel of a line that is resized: the first that it is made of, and their weights.
 * @param {number} length @param {number} wanted
 * @returns {{first: number, weights: Int32Array}[]}
 */
function weightsFor(length, wanted) {
  const scale = length / wanted;
  const reach = Math.max(scale, 1);
  return Array.from({ length: wanted }, (_, at) => {
    const center = (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(length, Math.trunc(center + reach + 0.5));
    const shares = new Float64Array(end - first);
    let sum = 0;
    for (let i = 0; i < shares.length; i++) {
      const distance = Math.abs((i + first - center + 0.5) * (1 / reach));
      sum += shares[i] = distance < 1 ? 1 - distance : 0;
    }
    return { first, weights: Int32Array.from(shares, (share) => (sum ? share / sum : share) * 2 ** PRECISION + 0.5) };
  });
}

/** @param {Pixels} picture @param {number} wanted @returns {Pixels} */
function resizedAcross({ width, height, data }, wanted) {
  const made = new Uint8Array(3 * wanted * height);
  const table = weightsFor(width, wanted);
  for (let y = 0, to = 0; y < height; y++) {
    for (const { first, weights } of table) {
      let red = 1 << (PRECISION - 1);
      let green = red;
      let blue = red;
      for (let i = 0, at = 3 * (y * width + first); i < weights.length; i++, at += 3) {
        const weight = weights[i];
        red += data[at] * weight;
        green += data[at + 1] * weight;
        blue += data[at + 2] * weight;
      }
      made[to++] = Math.min(255, red >> PRECISION); // no weight is below 0
      made[to++] = Math.min(255, green >> PRECISION);
      made[to++] = Math.min(255, blue >> PRECISION);
    }
  }
  return { width: wanted, height, data: made };
}

/** @param {Pixels} picture @param {number} wanted @returns {Pixels} */
function resizedDown({ width, height, data }, wanted) {
  const line = 3 * width;
  const made = new Uint8Array(line * wanted);
  const sums = new Int32Array(line);
  for (const [y, { first, weights }] of weightsFor(height, wanted).entries()) {
    sums.fill(1 << (PRECISION - 1));
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i];
      for (let x = 0, at = (first + i) * line; x < line; x++, at++) sums[x] += data[at] * weight;
    }
    for (let x = 0, to = y * line; x < line; x++, to++) made[to] = Math.min(255, sums[x] >> PRECISION);
  }
  return { width, height: wanted, data: made };
}

/** @param {Pixels} picture @param {number} left @param {number} top @param {number} width @param {number} height @returns {Pixels} */
function cut(picture, left, top, width, height) {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * picture.width + left);
    data.set(picture.data.subarray(from, from + 3 * width), 3 * width * y);
  }
  return { width, height, data };
}

/** Every pixel the mean of `factor` × `factor`, of fewer at the right and bottom edge. @param {Pixels} picture @param {number} factor @returns {Pixels} */
function reduced(picture, factor) {
  if (factor === 1) return picture;
  const width = Math.ceil(picture.width / factor);
  const height = Math.ceil(picture.height / factor);
  const data = new Uint8Array(3 * width * height);
  const sums = new Uint32Array(3 * width);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    const rows = Math.min(factor, picture.height - y * factor);
    for (let row = 0; row < rows; row++) {
      let at = 3 * (y * factor + row) * picture.width;
      for (let x = 0; x < picture.width; x++) {
        const to = 3 * Math.floor(x / factor);
        sums[to] += picture.data[at++];
        sums[to + 1] += picture.data[at++];
        sums[to + 2] += picture.data[at++];
      }
    }
    for (let x = 0; x < width; x++) {
      const number = rows * Math.min(factor, picture.width - x * factor);
      for (let to = 3 * x; to < 3 * x + 3; to++) data[3 * width * y + to] = (sums[to] + number / 2) / number;
    }
  }
  return { width, height, data };
}

/** Upright: as an EXIF orientation from 1 to 8 wants it. @param {Pixels} picture @param {number} orientation @returns {Pixels} */
function turned(picture, orientation) {
  if (!(orientation >= 2 && orientation <= 8)) return picture;
  const swap = orientation >= 5; // rows become columns
  const width = swap ? picture.height : picture.width;
  const height = swap ? picture.width : picture.height;
  const right = [2, 3, 7, 8].includes(orientation); // its first column comes from the right, or the bottom
  const bottom = [3, 4, 6, 7].includes(orientation);
  const data = new Uint8Array(picture.data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let column = swap ? y : x;
      let row = swap ? x : y;
      if (right) column = picture.width - 1 - column;
      if (bottom) row = picture.height - 1 - row;
      const at = 3 * (row * picture.width + column);
      data[to++] = picture.data[at];
      data[to++] = picture.data[at + 1];
      data[to++] = picture.data[at + 2];
    }
  }
  return { width, height, data };
}
