/** Where the classifier looks, as snowpeople/attention.py finds it: parts are covered, and its answers are watched. */

const GRID = 8; // cells, across and down
const COVER = 2; // cells, across and down

/** @param {Inference} inference @param {Pixels} upright */
async function attention(inference, upright) {
  const { settings } = inference;
  const fitted = fit(upright, settings);
  const colour = meanOf(fitted);
  const starts = Array.from({ length: GRID - COVER + 1 }, (_, start) => start);
  const covers = starts.flatMap((row) => starts.map((column) => ({ row, column })));
  const hidden = covers.map(({ row, column }) => withPatch(fitted, colour, (column + COVER / 2) / GRID, (row + COVER / 2) / GRID));
  const [answer, ...answers] = await inference.predict([fitted, ...hidden]);
  const index = answer.probabilities.indexOf(Math.max(...answer.probabilities));
  const base = answer.probabilities[index];
  const total = new Float64Array(GRID * GRID);
  const count = new Float64Array(GRID * GRID);
  for (const [place, { row, column }] of covers.entries()) {
    for (let y = row; y < row + COVER; y++) {
      for (let x = column; x < column + COVER; x++) {
        total[GRID * y + x] += base - answers[place].probabilities[index];
        count[GRID * y + x] += 1;
      }
    }
  }
  const drops = Float32Array.from(total, (sum, cell) => sum / count[cell]);
  const content = { label: settings.labels[index], rows: GRID, columns: GRID, base: rounded(base), box: seen(upright, settings) };
  return { content, buffers: [drops.buffer] };
}

/** A copy with a patch of one colour round a middle, given as shares. @param {Pixels} picture @param {number[]} colour @param {number} x @param {number} y @returns {Pixels} */
function withPatch({ width, height, data }, colour, x, y) {
  const across = Math.max(1, halfToEven((width * COVER) / GRID));
  const down = Math.max(1, halfToEven((height * COVER) / GRID));
  const left = Math.min(Math.max(0, halfToEven(x * width - across / 2)), width - across);
  const top = Math.min(Math.max(0, halfToEven(y * height - down / 2)), height - down);
  const made = data.slice();
  for (let row = top; row < top + down; row++) {
    for (let column = left; column < left + across; column++) made.set(colour, 3 * (row * width + column));
  }
  return { width, height, data: made };
}

/** @param {Pixels} picture */
function meanOf({ data }) {
  const sums = [0, 0, 0];
  for (let at = 0; at < data.length; at++) sums[at % 3] += data[at];
  return sums.map((sum) => halfToEven((3 * sum) / data.length));
}

/** Python's round. @param {number} value */
function halfToEven(value) {
  const down = Math.floor(value);
  return value - down === 0.5 ? down + (down % 2 ? 1 : 0) : Math.round(value);
}
