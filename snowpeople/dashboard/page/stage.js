/** The picture that is changed: drawn, painted on, and sent as it is. */

const BRUSH = 0.16; // of the shorter side: how thick it paints
const STEP = 0.04; // of a side: how far an arrow key moves what is covered
const FIRST_COVER = 25; // what an arrow key covers where nothing is covered yet
const DRAW_EVERY = 30; // milliseconds
const LONGEST = 2048; // pixels; of a very long and thin picture

class Stage {
  /** @param {HTMLCanvasElement} picture @param {() => void} onChange */
  constructor(picture, onChange) {
    this.picture = picture;
    this.onChange = onChange;
    this.colour = meanColour(picture);
    /** @type {Edits} */
    this.edits = { ...AS_IT_IS };
    const { width, height } = picture;
    /** @type {HTMLCanvasElement} */
    this.node = element("canvas", "snow-edited");
    this.paint = element("canvas");
    for (const canvas of [this.node, this.paint]) Object.assign(canvas, { width, height });
    this.context = /** @type {CanvasRenderingContext2D} */ (this.node.getContext("2d", { willReadFrequently: true }));
    this.brush = /** @type {CanvasRenderingContext2D} */ (this.paint.getContext("2d"));
    /** @type {[number, number][][]} the ways of the brush */
    this.strokes = [];
    this.drawnAt = -Infinity;
    this.node.style.setProperty("--ratio", String(width / height));
    this.node.tabIndex = 0;
    this.node.setAttribute("role", "application"); // arrow keys are for the picture
    this.node.setAttribute("aria-roledescription", WORDS.trick.stage);
    this.node.setAttribute("aria-label", WORDS.trick.picture);
    this.node.onkeydown = (event) => this.key(event);
    this.node.onpointerdown = (event) => this.press(event);
    this.draw();
  }

  /** @param {Partial<Edits>} edits */
  change(edits) {
    Object.assign(this.edits, edits);
    this.redraw();
  }

  reset() {
    this.wipe();
    this.change(AS_IT_IS);
  }

  wipe() {
    this.brush.clearRect(0, 0, this.paint.width, this.paint.height);
    this.strokes = [];
  }

  /** Take the last stroke of the brush away. */
  unpaint() {
    const strokes = this.strokes.slice(0, -1);
    if (!this.strokes.length) return;
    this.wipe();
    this.strokes = strokes;
    for (const stroke of strokes) for (const at of stroke.keys()) this.dab(stroke, at);
    this.redraw();
  }

  get isAsItIs() {
    const { at: _, ...edits } = this.edits;
    return !this.strokes.length && Object.entries(edits).every(([name, value]) => value === /** @type {any} */ (AS_IT_IS)[name]);
  }

  /** Draw, however many changes there are until then; not with every frame, for the answers need the processor too. */
  redraw() {
    this.frame ??= requestAnimationFrame((now) => {
      this.frame = undefined;
      if (now - this.drawnAt < DRAW_EVERY) return this.redraw();
      this.drawnAt = now;
      this.draw();
      this.onChange();
    });
  }

  draw() {
    drawEdited(this.context, this.picture, this.edits, this.colour);
    if (this.strokes.length) this.context.drawImage(this.paint, 0, 0);
  }

  /** Another picture, until the next change. @param {CanvasImageSource} picture */
  show(picture) {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.context.drawImage(picture, 0, 0, this.node.width, this.node.height);
  }

  /** What is covered, moved by arrow keys. @param {KeyboardEvent} event */
  key(event) {
    const [x, y] = this.edits.at;
    /** @type {Record<string, [number, number]>} */
    const moved = {
      ArrowLeft: [x - STEP, y], ArrowRight: [x + STEP, y], ArrowUp: [x, y - STEP], ArrowDown: [x, y + STEP],
    };
    const to = moved[event.key];
    if (!to || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    // The first press shows where it is; further ones move it, no further than the edge.
    const half = this.edits.cover / 200;
    const at = /** @type {[number, number]} */ (to.map((share) => Math.min(1 - half, Math.max(half, share))));
    this.change(this.edits.cover ? { at } : { cover: FIRST_COVER });
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button) return;
    this.node.setPointerCapture(event.pointerId);
    const { width, height } = this.paint;
    /** @type {[number, number][]} */
    const stroke = [];
    this.strokes.push(stroke);
    const move = (/** @type {PointerEvent} */ { offsetX, offsetY }) => {
      stroke.push([(offsetX / this.node.clientWidth) * width, (offsetY / this.node.clientHeight) * height]);
      this.dab(stroke, stroke.length - 1);
      this.redraw();
    };
    move(event);
    this.node.onpointermove = move;
    this.node.onpointerup = this.node.onpointercancel = () => (this.node.onpointermove = null);
  }

  /** Paint to a place of a stroke, from the one before. @param {[number, number][]} stroke @param {number} at */
  dab(stroke, at) {
    const { width, height } = this.paint;
    Object.assign(this.brush, {
      strokeStyle: this.colour, lineWidth: BRUSH * Math.min(width, height), lineCap: "round", lineJoin: "round",
    });
    this.brush.beginPath();
    const [x, y] = stroke[at];
    this.brush.moveTo(...(stroke[at - 1] ?? [x + 0.01, y])); // a tap is a dot: of no length, it would not be drawn
    this.brush.lineTo(x, y);
    this.brush.stroke();
  }
}

/**
 * A picture to change, no larger than helps the classifier: as many pixels as a square of twice its side.
 * @param {Item} item @param {number} size
 * @returns {Promise<Blob>}
 */
async function pictureToChange(item, size) {
  const bitmap = await bitmapOf(item);
  const { width, height } = bitmap;
  const side = (2 * size * Math.max(width, height)) / Math.sqrt(width * height);
  const blob = await scaled(bitmap, Math.min(LONGEST, Math.round(side)));
  bitmap.close();
  return blob;
}

/** An item's picture; its thumbnail where this browser can't show more of it. @param {Item} item */
async function bitmapOf({ source, thumbnail }) {
  if (source instanceof Blob) {
    const bitmap = await createImageBitmap(source, { imageOrientation: "from-image" }).catch(() => null);
    if (bitmap) return bitmap;
  }
  const image = new Image();
  image.src = thumbnail;
  await image.decode();
  return createImageBitmap(image);
}

/** @param {Blob} picture @returns {Promise<HTMLCanvasElement>} */
async function canvasWith(picture) {
  const bitmap = await createImageBitmap(picture);
  const canvas = element("canvas");
  Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas;
}
