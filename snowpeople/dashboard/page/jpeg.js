/**
 * Large JPEGs at 1/2, 1/4 or 1/8, to the bit as libjpeg-turbo decodes them for Pillow's draft mode: there the answer of a
 * photo begins. Browsers decode at full size only, and what is then made smaller differs by a shade here and there, which
 * moves a probability by up to 0.03. Huffman-coded files in YCbCr or greys, sequential or progressive, of 8 bits; all others,
 * and damaged ones, throw: the browser may still open them.
 *
 * ITU T.81; libjpeg-turbo's jdmaster.c and jdsample.c. Coefficients come from huffman.js, and become pixels in inverse.js.
 *
 * @typedef {{
 *   id: number, h: number, v: number, table: number, across: number, down: number, stride: number, side: number,
 *   coefficients: Int16Array | null, plane: Uint8Array, dc: Uint16Array, ac: Uint16Array, before: number,
 * }} Component  `across` and `down`: its blocks; `stride`: those of a row with what fills up the last MCU. `side`: pixels
 *   that a block becomes. `before`: the last DC coefficient.
 */

const MOST_STORED = 40_000_000; // pixels of a file whose coefficients are all kept, as progressive ones need it

class ScaledJpeg {
  /** @param {Uint8Array} bytes @param {number} factor 2, 4 or 8 */
  constructor(bytes, factor) {
    this.bytes = bytes;
    this.side = 8 / factor;
    this.factor = factor;
    /** @type {Uint16Array[]} */
    this.quantization = [];
    /** @type {{dc: Uint16Array[], ac: Uint16Array[]}} */
    this.huffman = { dc: [], ac: [] };
    /** @type {Component[]} */
    this.components = [];
    this.interval = 0; // MCUs between restart markers
    this.transform = -1; // as an Adobe marker has it
    this.progressive = false;
    this.width = this.height = this.maxH = this.maxV = this.mcusAcross = this.mcusDown = 0;
  }

  /** @returns {Pixels} */
  decode() {
    const { bytes } = this;
    let scans = 0;
    for (let at = 2; ; ) {
      if (bytes[at] !== 0xff) throw new Error("no marker");
      const marker = bytes[at + 1];
      if (marker === 0xff) at += 1;
      else if (marker === 0xd9) break;
      else {
        const end = at + 2 + 256 * bytes[at + 2] + bytes[at + 3];
        if (!(end <= bytes.length)) throw new Error("cut off");
        const segment = bytes.subarray(at + 4, end);
        if (marker === 0xda) {
          at = this.scan(segment, end);
          scans += 1;
        } else {
          this.read(marker, segment);
          at = end;
        }
      }
    }
    if (!scans || (scans > 1) !== Boolean(this.components[0].coefficients)) throw new Error("other scans than expected");
    for (const component of this.components) if (component.coefficients) this.transformAll(component);
    return this.pixels();
  }

  /** @param {number} marker @param {Uint8Array} segment */
  read(marker, segment) {
    switch (marker) {
      case 0xdb: // quantization tables
        for (let at = 0; at < segment.length; ) {
          const [size, number] = [segment[at] >> 4, segment[at] & 15];
          const table = new Uint16Array(64);
          for (let i = 0; i < 64; i++) {
            table[ZIGZAG[i]] = size ? 256 * segment[at + 1 + 2 * i] + segment[at + 2 + 2 * i] : segment[at + 1 + i];
          }
          this.quantization[number] = table;
          at += size ? 129 : 65;
        }
        return;
      case 0xc4: // Huffman tables
        for (let at = 0; at < segment.length; ) {
          const counts = segment.subarray(at + 1, at + 17);
          const symbols = counts.reduce((sum, count) => sum + count, 0);
          const table = huffmanTable(counts, segment.subarray(at + 17, at + 17 + symbols));
          this.huffman[segment[at] >> 4 ? "ac" : "dc"][segment[at] & 15] = table;
          at += 17 + symbols;
        }
        return;
      case 0xdd:
        this.interval = 256 * segment[0] + segment[1];
        return;
      case 0xee:
        if (textIn(segment, 0, 5) === "Adobe") this.transform = segment[11];
        return;
      case 0xc0: case 0xc1: case 0xc2:
        this.progressive = marker === 0xc2;
        return this.frame(segment);
      default: // others that change how it is coded: arithmetic, lossless, hierarchical, a height that comes later
        if ((marker >= 0xc3 && marker <= 0xcf) || marker === 0xdc) throw new Error("of a rare kind");
    }
  }

  /** @param {Uint8Array} segment */
  frame(segment) {
    const [bits, , , , , number] = segment;
    if (this.components.length || bits !== 8 || ![1, 3].includes(number)) throw new Error("of a rare kind");
    this.height = 256 * segment[1] + segment[2];
    this.width = 256 * segment[3] + segment[4];
    const found = Array.from({ length: number }, (_, index) => segment.subarray(6 + 3 * index, 9 + 3 * index));
    const ids = found.map(([id]) => String.fromCharCode(id)).join("");
    if (this.transform === 0 && number === 3) throw new Error("in RGB");
    if (this.transform < 0 && ids === "RGB") throw new Error("in RGB");
    const sizes = found.map(([, sampling]) => ({ h: sampling >> 4, v: sampling & 15 }));
    if (sizes.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) throw new Error("of a rare kind");
    if (number === 1) sizes[0] = { h: 1, v: 1 };
    this.maxH = Math.max(...sizes.map(({ h }) => h));
    this.maxV = Math.max(...sizes.map(({ v }) => v));
    this.mcusAcross = Math.ceil(this.width / (8 * this.maxH));
    this.mcusDown = Math.ceil(this.height / (8 * this.maxV));
    this.components = found.map(([id, , table], index) => this.component(id, table, sizes[index]));
  }

  /** @param {number} id @param {number} table @param {{h: number, v: number}} size @returns {Component} */
  component(id, table, { h, v }) {
    let { side } = this;
    // Colours that are stored at half the size need be made smaller by half as much only.
    while (side < 8 && (this.maxH * this.side) % (h * side * 2) === 0 && (this.maxV * this.side) % (v * side * 2) === 0) side *= 2;
    const stride = this.mcusAcross * h;
    const plane = new Uint8Array(stride * side * this.mcusDown * v * side);
    const across = Math.ceil(Math.ceil((this.width * h) / this.maxH) / 8);
    const down = Math.ceil(Math.ceil((this.height * v) / this.maxV) / 8);
    const none = new Uint16Array(0);
    return { id, h, v, table, across, down, stride, side, coefficients: null, plane, dc: none, ac: none, before: 0 };
  }

  /** @param {Uint8Array} segment @param {number} at where its data begin @returns {number} where they end */
  scan(segment, at) {
    const parts = Array.from({ length: segment[0] }, (_, index) => {
      const component = this.components.find(({ id }) => id === segment[1 + 2 * index]);
      if (!component) throw new Error("no such component");
      const tables = segment[2 + 2 * index];
      return Object.assign(component, { dc: this.huffman.dc[tables >> 4], ac: this.huffman.ac[tables & 15] });
    });
    const [first, last, approximation] = segment.subarray(1 + 2 * parts.length);
    const bits = new Bits(this.bytes, at);
    // All in one scan: each block is made smaller at once, and forgotten.
    const whole = !this.progressive && parts.length === this.components.length;
    if (!whole && this.width * this.height > MOST_STORED) throw new Error("too large to keep");
    const block = new Int16Array(64);
    for (const part of parts) if (!whole) part.coefficients ??= new Int16Array(64 * part.stride * this.mcusDown * part.v);
    const coded = this.progressive ? progressive(bits, first, last, approximation) : sequential(bits);
    /** @param {Component} part @param {number} x @param {number} y */
    const one = (part, x, y) => {
      const index = y * part.stride + x;
      if (part.coefficients) return coded.block(part.coefficients, 64 * index, part);
      block.fill(0);
      coded.block(block, 0, part);
      this.transformOne(part, block, 0, x, y);
    };
    const [single] = parts;
    const alone = parts.length === 1;
    const columns = alone ? single.across : this.mcusAcross;
    const total = columns * (alone ? single.down : this.mcusDown);
    for (const part of parts) part.before = 0;
    for (let mcu = 0; mcu < total; mcu++) {
      if (this.interval && mcu && mcu % this.interval === 0) {
        bits.restart();
        coded.restart();
        for (const part of parts) part.before = 0;
      }
      const column = mcu % columns;
      const row = (mcu - column) / columns;
      if (alone) {
        one(single, column, row);
        continue;
      }
      for (const part of parts) {
        for (let y = 0; y < part.v; y++) for (let x = 0; x < part.h; x++) one(part, column * part.h + x, row * part.v + y);
      }
    }
    if (bits.left < 8 * bits.past) throw new Error("a scan is cut off");
    return bits.at;
  }

  /** @param {Component} component @param {Int16Array} coefficients @param {number} offset @param {number} x @param {number} y */
  transformOne(component, coefficients, offset, x, y) {
    const { side, stride, plane, table } = component;
    const line = stride * side;
    INVERSE[side](coefficients, offset, this.quantization[table], plane, y * side * line + x * side, line);
  }

  /** @param {Component} component */
  transformAll(component) {
    const { coefficients, across, down, stride } = component;
    for (let y = 0; y < down; y++) {
      for (let x = 0; x < across; x++) this.transformOne(component, /** @type {Int16Array} */ (coefficients), 64 * (y * stride + x), x, y);
    }
  }

  /** @returns {Pixels} */
  pixels() {
    const width = Math.ceil(this.width / this.factor);
    const height = Math.ceil(this.height / this.factor);
    const data = new Uint8Array(3 * width * height);
    const [luma, ...chroma] = this.components.map((component) => this.fullSize(component));
    for (let y = 0, to = 0; y < height; y++) {
      for (let x = 0; x < width; x++, to += 3) {
        const light = luma.plane[y * luma.line + x];
        if (!chroma.length) {
          data.fill(light, to, to + 3);
          continue;
        }
        const blue = chroma[0].plane[y * chroma[0].line + x] - 128;
        const red = chroma[1].plane[y * chroma[1].line + x] - 128;
        data[to] = clamped(light + ((91_881 * red + 32_768) >> 16));
        data[to + 1] = clamped(light + ((-22_554 * blue - 46_802 * red + 32_768) >> 16));
        data[to + 2] = clamped(light + ((116_130 * blue + 32_768) >> 16));
      }
    }
    return { width, height, data };
  }

  /** A component's plane at the size of the picture. @param {Component} component */
  fullSize({ h, v, side, stride, plane }) {
    const line = stride * side;
    const [across, down] = [(this.maxH * this.side) / (h * side), (this.maxV * this.side) / (v * side)];
    if (across === 1 && down === 1) return { plane, line };
    if (across !== 2 || down !== 1) throw new Error("of a rare kind");
    const used = Math.ceil((this.width * h * side) / (this.maxH * 8));
    const wide = new Uint8Array(2 * plane.length);
    for (let from = 0; from < plane.length; from += line) {
      widened(plane.subarray(from, from + used), wide.subarray(2 * from), this.side > 1);
    }
    return { plane: wide, line: 2 * line };
  }
}

/** Twice as many of a row; `fancy`: of three parts and one. @param {Uint8Array} row @param {Uint8Array} to @param {boolean} fancy */
function widened(row, to, fancy) {
  const last = row.length - 1;
  for (let x = 0; x <= last; x++) {
    const smooth = fancy && last > 1;
    to[2 * x] = smooth && x ? (3 * row[x] + row[x - 1] + 1) >> 2 : row[x];
    to[2 * x + 1] = smooth && x < last ? (3 * row[x] + row[x + 1] + 2) >> 2 : row[x];
  }
}
