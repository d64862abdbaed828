/**
 * Blocks of a JPEG's coefficients to so many pixels a side: libjpeg-turbo's jidctint.c and jidctred.c, in whole numbers, to
 * the bit. Those with fewer than eight are the means of the eight's neighbours.
 *
 * @typedef {(from: Int16Array, offset: number, table: Uint16Array, to: Uint8Array, at: number, line: number) => void} Inverse
 */

const clamped = (/** @type {number} */ value) => (value < 0 ? 0 : value > 255 ? 255 : value);
/** @param {number} value @param {number} bits */
const descaled = (value, bits) => (value + (1 << (bits - 1))) >> bits;
const between = new Int32Array(64); // after the columns

/** @type {Inverse} */
function toOne(from, offset, table, to, at) {
  to[at] = clamped(descaled(from[offset] * table[0], 3) + 128);
}

/** @type {Inverse} */
function toTwo(from, offset, table, to, at, line) {
  for (const x of [0, 1, 3, 5, 7]) {
    const value = (/** @type {number} */ row) => from[offset + 8 * row + x] * table[8 * row + x];
    const even = value(0) << 15;
    const odd = -5906 * value(7) + 6967 * value(5) - 10_426 * value(3) + 29_692 * value(1);
    between[x] = descaled(even + odd, 13);
    between[8 + x] = descaled(even - odd, 13);
  }
  for (let y = 0; y < 2; y++) {
    const row = 8 * y;
    const even = between[row] << 15;
    const odd = -5906 * between[row + 7] + 6967 * between[row + 5] - 10_426 * between[row + 3] + 29_692 * between[row + 1];
    to[at + y * line] = clamped(descaled(even + odd, 20) + 128);
    to[at + y * line + 1] = clamped(descaled(even - odd, 20) + 128);
  }
}

/** @type {Inverse} */
function toFour(from, offset, table, to, at, line) {
  for (const x of [0, 1, 2, 3, 5, 6, 7]) {
    const value = (/** @type {number} */ row) => from[offset + 8 * row + x] * table[8 * row + x];
    const [z1, z2, z3, z4] = [value(7), value(5), value(3), value(1)];
    const even = value(0) << 14;
    const part = 15_137 * value(2) - 6270 * value(6);
    const inner = -1730 * z1 + 11_893 * z2 - 17_799 * z3 + 8697 * z4;
    const outer = -4176 * z1 - 4926 * z2 + 7373 * z3 + 20_995 * z4;
    between[x] = descaled(even + part + outer, 12);
    between[24 + x] = descaled(even + part - outer, 12);
    between[8 + x] = descaled(even - part + inner, 12);
    between[16 + x] = descaled(even - part - inner, 12);
  }
  for (let y = 0; y < 4; y++) {
    const [w0, w1, w2, w3, , w5, w6, w7] = between.subarray(8 * y, 8 * y + 8);
    const even = w0 << 14;
    const part = 15_137 * w2 - 6270 * w6;
    const inner = -1730 * w7 + 11_893 * w5 - 17_799 * w3 + 8697 * w1;
    const outer = -4176 * w7 - 4926 * w5 + 7373 * w3 + 20_995 * w1;
    const start = at + y * line;
    to[start] = clamped(descaled(even + part + outer, 19) + 128);
    to[start + 3] = clamped(descaled(even + part - outer, 19) + 128);
    to[start + 1] = clamped(descaled(even - part + inner, 19) + 128);
    to[start + 2] = clamped(descaled(even - part - inner, 19) + 128);
  }
}

const lineOf = new Int32Array(8); // of values, before and after

/** One dimension of the "slow" transform, in place. @param {number} bits by which the result is too large */
function transformLine(bits) {
  const [v0, v1, v2, v3, v4, v5, v6, v7] = lineOf;
  const turn = (v2 + v6) * 4433;
  const low = turn + v6 * -15_137;
  const high = turn + v2 * 6270;
  const sum = (v0 + v4) << 13;
  const gap = (v0 - v4) << 13;
  const [a, d, b, c] = [sum + high, sum - high, gap + low, gap - low];
  const z5 = (v7 + v3 + v5 + v1) * 9633;
  const z1 = (v7 + v1) * -7373;
  const z2 = (v5 + v3) * -20_995;
  const z3 = (v7 + v3) * -16_069 + z5;
  const z4 = (v5 + v1) * -3196 + z5;
  const o0 = v7 * 2446 + z1 + z3;
  const o1 = v5 * 16_819 + z2 + z4;
  const o2 = v3 * 25_172 + z2 + z3;
  const o3 = v1 * 12_299 + z1 + z4;
  lineOf[0] = descaled(a + o3, bits);
  lineOf[7] = descaled(a - o3, bits);
  lineOf[1] = descaled(b + o2, bits);
  lineOf[6] = descaled(b - o2, bits);
  lineOf[2] = descaled(c + o1, bits);
  lineOf[5] = descaled(c - o1, bits);
  lineOf[3] = descaled(d + o0, bits);
  lineOf[4] = descaled(d - o0, bits);
}

/** @type {Inverse} */
function toEight(from, offset, table, to, at, line) {
  for (let x = 0; x < 8; x++) {
    for (let y = 0; y < 8; y++) lineOf[y] = from[offset + 8 * y + x] * table[8 * y + x];
    transformLine(11);
    for (let y = 0; y < 8; y++) between[8 * y + x] = lineOf[y];
  }
  for (let y = 0; y < 8; y++) {
    lineOf.set(between.subarray(8 * y, 8 * y + 8));
    transformLine(18);
    for (let x = 0; x < 8; x++) to[at + y * line + x] = clamped(lineOf[x] + 128);
  }
}

/** @type {Record<number, Inverse>} by pixels a side */
const INVERSE = { 1: toOne, 2: toTwo, 4: toFour, 8: toEight };
