/** The entropy-coded bits of a JPEG's scans to coefficients: ITU T.81, annexes F and G; libjpeg-turbo's jdhuff.c and jdphuff.c. */

const ZIGZAG = new Uint8Array([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
]);

/** The bits of a scan. After its end come zeros, but not many. */
class Bits {
  /** @param {Uint8Array} bytes @param {number} at */
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
    this.buffer = 0;
    this.left = 0; // bits in it
    this.past = 0; // bytes after the end
  }

  /** The next bits, without taking them. @param {number} number at most 16 */
  peek(number) {
    while (this.left < number) {
      let byte = this.bytes[this.at];
      if (byte === 0xff && this.bytes[this.at + 1] === 0) this.at += 2;
      else if (byte !== 0xff && byte !== undefined) this.at += 1;
      else {
        byte = 0; // a marker, or the end
        if (++this.past > 3) throw new Error("a scan is cut off");
      }
      this.buffer = ((this.buffer & 0xffff) << 8) | byte;
      this.left += 8;
    }
    return (this.buffer >> (this.left - number)) & ((1 << number) - 1);
  }

  /** @param {number} number */
  take(number) {
    const value = number ? this.peek(number) : 0;
    this.left -= number;
    return value;
  }

  /** A number of so many bits, which may be below 0. @param {number} number */
  signed(number) {
    const value = this.take(number);
    return number && value < 1 << (number - 1) ? value - (1 << number) + 1 : value;
  }

  /** @param {Uint16Array} table */
  symbol(table) {
    const entry = table[this.peek(16)];
    if (!entry) throw new Error("no such code");
    this.left -= entry >> 8;
    return entry & 255;
  }

  /** Past a restart marker. */
  restart() {
    const marker = this.bytes[this.at + 1];
    if (this.bytes[this.at] !== 0xff || marker < 0xd0 || marker > 0xd7) throw new Error("a restart marker is missing");
    Object.assign(this, { at: this.at + 2, buffer: 0, left: 0, past: 0 });
  }
}

/** For each 16 bits that may follow, the length of the code that they begin with, and its symbol. @param {Uint8Array} counts @param {Uint8Array} symbols */
function huffmanTable(counts, symbols) {
  const table = new Uint16Array(1 << 16);
  let code = 0;
  let symbol = 0;
  for (let length = 1; length <= 16; length++) {
    const width = 1 << (16 - length);
    for (let i = 0; i < counts[length - 1]; i++, code += width) {
      if (code + width > 1 << 16) throw new Error("too many codes");
      table.fill((length << 8) | symbols[symbol++], code, code + width);
    }
  }
  return table;
}

/**
 * How a scan goes on with a block, and after a restart marker.
 * @typedef {{block(to: Int16Array, offset: number, part: Component): void, restart(): void}} Coded
 */

/** All of a block at once. @param {Bits} bits @returns {Coded} */
function sequential(bits) {
  /** @param {Int16Array} to @param {number} offset @param {Component} part */
  const block = (to, offset, part) => {
    part.before += bits.signed(bits.symbol(part.dc));
    to[offset] = part.before;
    for (let k = 1; k < 64; k++) {
      const symbol = bits.symbol(part.ac);
      const size = symbol & 15;
      if (!size && symbol < 0xf0) return;
      k += symbol >> 4;
      if (k > 63) throw new Error("too many coefficients");
      if (size) to[offset + ZIGZAG[k]] = bits.signed(size);
    }
  };
  return { block, restart() {} };
}

/**
 * Some coefficients of a block, from the `first` to the `last`, or one more bit of them.
 * @param {Bits} bits @param {number} first @param {number} last @param {number} approximation
 * @returns {Coded}
 */
function progressive(bits, first, last, approximation) {
  if (last > 63) throw new Error("too many coefficients");
  const low = approximation & 15;
  const refine = approximation >> 4 > 0;
  let run = 0; // of blocks with nothing more
  const runOf = (/** @type {number} */ size) => (1 << size) + bits.take(size);
  /** One more bit of what is not 0. @param {Int16Array} to @param {number} at */
  const sharpen = (to, at) => {
    if (bits.take(1) && !(to[at] & (1 << low))) to[at] += to[at] >= 0 ? 1 << low : -1 << low;
  };
  /** @param {Int16Array} to @param {number} offset @param {Component} part */
  const dc = (to, offset, part) => {
    if (refine) return void (to[offset] |= bits.take(1) << low);
    part.before += bits.signed(bits.symbol(part.dc));
    to[offset] = part.before << low;
  };
  /** @param {Int16Array} to @param {number} offset @param {Component} part */
  const ac = (to, offset, part) => {
    if (run) return void run--;
    for (let k = first; k <= last; k++) {
      const symbol = bits.symbol(part.ac);
      const size = symbol & 15;
      if (!size && symbol < 0xf0) return void (run = runOf(symbol >> 4) - 1);
      k += symbol >> 4;
      if (k > 63) throw new Error("too many coefficients");
      if (size) to[offset + ZIGZAG[k]] = bits.signed(size) << low;
    }
  };
  /** @param {Int16Array} to @param {number} offset @param {Component} part */
  const acAgain = (to, offset, part) => {
    let k = first;
    for (; !run && k <= last; k++) {
      const symbol = bits.symbol(part.ac);
      let zeros = symbol >> 4;
      const fresh = symbol & 15 ? (bits.take(1) ? 1 << low : -1 << low) : 0;
      if (!fresh && zeros < 15) {
        run = runOf(zeros);
        break;
      }
      for (; k <= last; k++) {
        const at = offset + ZIGZAG[k];
        if (to[at]) sharpen(to, at);
        else if (--zeros < 0) break;
      }
      if (fresh && k <= last) to[offset + ZIGZAG[k]] = fresh;
    }
    if (!run) return;
    for (; k <= last; k++) if (to[offset + ZIGZAG[k]]) sharpen(to, offset + ZIGZAG[k]);
    run--;
  };
  return { block: first ? (refine ? acAgain : ac) : dc, restart: () => void (run = 0) };
}
