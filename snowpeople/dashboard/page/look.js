/** Where it looked: a map over an answered picture, orange where covering hurts the answer, blue stripes where it helps. */

const LOOKED = [213, 94, 0]; // told apart from blue with any kind of colour blindness
const HELPS = [0, 114, 178];
const OPAQUE = 0.85; // of the map, where the drop is greatest
const LEAST = 0.01; // a greatest drop below this is shown pale: then there is no one place that matters
const STRIPE = 6; // pixels
const FAINT = 0.1; // of the greatest drop: stripes of less are not seen
const PLACES = [
  ["topLeft", "top", "topRight"],
  ["left", "middle", "right"],
  ["bottomLeft", "bottom", "bottomRight"],
];

/**
 * `drops`: row by row, how far the label's probability falls when a part is covered, over the `box` (left, top, right,
 * bottom, as shares) of the picture.
 * @typedef {{label: string, base: number, rows: number, columns: number, box: number[], drops: Float32Array}} Attention
 */

/** Maps that are open, and what they show: a card that is drawn anew, in another language, opens them again.
 * @type {WeakMap<Item, Attention | null>} */
const OPEN_MAPS = new WeakMap();

class Look {
  /** @param {Card} card @param {Item} item */
  constructor(card, item) {
    this.card = card;
    this.item = item;
    this.busy = false;
    this.button = button(WORDS.look.button, () => this.press());
    this.button.setAttribute("aria-pressed", "false");
    this.node = element("div", "snow-look");
    this.node.hidden = true;
    this.image = element("img");
    this.image.alt = "";
    this.map = element("canvas", "snow-map");
    this.picture = element("div", "snow-looked");
    this.picture.append(this.image, this.map);
    const words = element("div", "snow-look-words");
    this.status = element("p", "snow-look-says");
    this.status.setAttribute("role", "status");
    this.legend = element("ul", "snow-legend");
    this.cool = element("li", "snow-cool", WORDS.look.cool);
    this.legend.append(element("li", "snow-warm", WORDS.look.warm), this.cool);
    words.append(this.status, this.legend);
    this.node.append(this.picture, words);
    const open = OPEN_MAPS.get(item);
    if (open !== undefined) queueMicrotask(() => this.open(open)); // once the card is whole
  }

  press() {
    if (this.node.hidden) return this.open();
    OPEN_MAPS.delete(this.item);
    this.node.hidden = true;
    this.button.setAttribute("aria-pressed", "false");
  }

  /** @param {Attention | null} [known] */
  open(known = null) {
    this.card.node.append(this.node); // below all else
    this.node.hidden = false;
    this.button.setAttribute("aria-pressed", "true");
    OPEN_MAPS.set(this.item, known);
    if (this.busy) return;
    this.image.src = this.item.thumbnail;
    this.look(known);
  }

  /** @param {Attention | null} known */
  async look(known) {
    this.busy = true;
    this.picture.setAttribute("aria-busy", "true");
    this.map.hidden = true;
    this.legend.hidden = true;
    this.status.className = "snow-look-says";
    this.status.textContent = WORDS.look.waiting;
    try {
      const attention = known ?? (await this.attention());
      if (OPEN_MAPS.has(this.item)) OPEN_MAPS.set(this.item, attention);
      await this.image.decode().catch(() => {});
      this.draw(attention);
      this.status.textContent = lookedIn(attention, this.card.session.about);
      this.cool.hidden = Math.min(...attention.drops) > -FAINT * greatestOf(attention.drops);
      this.legend.hidden = false;
    } catch (error) {
      this.status.className = "snow-look-says snow-message";
      this.status.textContent = sentenceOf(error);
    }
    this.busy = false;
    this.picture.removeAttribute("aria-busy");
  }

  /** @returns {Promise<Attention>} */
  async attention() {
    const { source } = this.item;
    const { session } = this.card;
    // Where there is no file, the thumbnail is all there is of the picture.
    const picture = source instanceof Blob ? (await prepare(source, session.line.alone)).blob : await scaled(await bitmapOf(this.item), LONGEST_SIDE);
    const { content, buffers } = await ask(session, "look", picture);
    return { ...content, drops: new Float32Array(buffers[0].buffer) };
  }

  /** @param {Attention} attention */
  draw(attention) {
    const [left, top, right, bottom] = attention.box;
    const { naturalWidth, naturalHeight } = this.image;
    Object.assign(this.map, {
      width: Math.max(1, Math.round((right - left) * (naturalWidth || 1))),
      height: Math.max(1, Math.round((bottom - top) * (naturalHeight || 1))),
      hidden: false,
    });
    Object.assign(this.map.style, {
      left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * (right - left)}%`, height: `${100 * (bottom - top)}%`,
    });
    const { width, height } = this.map;
    const context = /** @type {CanvasRenderingContext2D} */ (this.map.getContext("2d"));
    context.imageSmoothingQuality = "high";
    context.drawImage(cells(attention, HELPS, -1), 0, 0, width, height);
    context.globalCompositeOperation = "destination-in";
    context.strokeStyle = "black";
    context.lineWidth = STRIPE;
    context.beginPath();
    for (let x = -height; x < width; x += 2 * STRIPE) {
      context.moveTo(x, height);
      context.lineTo(x + height, 0);
    }
    context.stroke();
    context.globalCompositeOperation = "source-over";
    context.drawImage(cells(attention, LOOKED, 1), 0, 0, width, height);
  }
}

/** A canvas with a pixel for each cell whose drop has this sign. @param {Attention} attention @param {number[]} colour @param {number} sign */
function cells({ drops, rows, columns }, colour, sign) {
  const canvas = element("canvas");
  Object.assign(canvas, { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const greatest = greatestOf(drops);
  drops.forEach((drop, cell) => {
    image.data.set([...colour, 255 * OPAQUE * Math.max(0, (sign * drop) / greatest)], 4 * cell);
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

/** @param {Float32Array} drops */
function greatestOf(drops) {
  return Math.max(LEAST, ...drops.map(Math.abs));
}

/** What the map shows, in a sentence. @param {Attention} attention @param {About} about */
function lookedIn(attention, about) {
  const { label, drops } = attention;
  if (Math.max(...drops) < LEAST) return WORDS.look.nowhere(listedOf(label, about));
  const [x, y] = lookedMostAt(attention);
  const place = /** @type {keyof typeof WORDS.look.places} */ (PLACES[Math.floor(3 * y)][Math.floor(3 * x)]);
  return WORDS.look.most(listedOf(label, about), WORDS.look.places[place]);
}

/** Where I looked most, as shares of the picture's width and height.
 * @param {{drops: ArrayLike<number>, rows: number, columns: number, box: number[]}} attention @returns {[number, number]} */
function lookedMostAt({ drops, rows, columns, box: [left, top, right, bottom] }) {
  const most = Array.prototype.indexOf.call(drops, Math.max(...Array.from(drops)));
  const x = left + ((right - left) * ((most % columns) + 0.5)) / columns;
  return [x, top + ((bottom - top) * (Math.floor(most / columns) + 0.5)) / rows];
}

TOOLS.push((card, item) => new Look(card, item).button);
