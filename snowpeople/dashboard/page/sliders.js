/** The sliders and the switch that say how a picture is changed. */

/** @type {{name: "turn" | "zoom" | "blur" | "noise" | "light" | "grey" | "cover", least: number, most: number}[]} */
const SLIDERS = [
  { name: "turn", least: -180, most: 180 },
  { name: "zoom", least: 0, most: 100 },
  { name: "blur", least: 0, most: 100 },
  { name: "noise", least: 0, most: 100 },
  { name: "light", least: -100, most: 100 },
  { name: "grey", least: 0, most: 100 },
  { name: "cover", least: 0, most: 100 },
];

class Sliders {
  /** @param {(changed: Partial<Edits>) => void} onChange */
  constructor(onChange) {
    this.node = element("div", "snow-sliders");
    this.mirror = element("input", "snow-switch");
    Object.assign(this.mirror, { type: "checkbox", role: "switch" });
    this.mirror.oninput = () => onChange({ mirror: this.mirror.checked });
    const mirror = element("label", "snow-switched");
    mirror.append(this.mirror, element("span", "", WORDS.trick.mirror));
    this.rows = SLIDERS.map(({ name, least, most }) => {
      const row = element("label", "snow-slider");
      const input = element("input");
      Object.assign(input, { type: "range", min: least, max: most, step: 1 });
      input.oninput = () => onChange({ [name]: Number(input.value) });
      const value = element("span", "snow-amount");
      value.setAttribute("aria-hidden", "true"); // the slider itself says it
      let shown = NaN;
      /** @param {number} amount */
      const tell = (amount) => {
        if (amount === shown) return;
        shown = amount;
        input.value = String(amount);
        value.textContent = WORDS.trick.amounts[name](name === "zoom" ? timesLarger(amount) : amount);
        input.setAttribute("aria-valuetext", value.textContent);
      };
      row.onpointerdown = (/** @type {PointerEvent} */ event) => drag(event, input);
      row.append(element("span", "snow-slider-name", WORDS.trick.sliders[name]), value, input);
      return { name, row, tell };
    });
    this.node.append(...this.rows.map(({ row }) => row), mirror);
  }

  /** @param {Edits} edits */
  show(edits) {
    this.mirror.checked = edits.mirror;
    for (const { name, tell } of this.rows) tell(edits[name]);
  }
}

/**
 * A finger moves a slider from anywhere in its row, by as much as it goes sideways: one that goes up or down scrolls, and
 * changes nothing (style and browser see to that). Where a finger is the pointer, the input itself takes none.
 * @param {PointerEvent} event @param {HTMLInputElement} input
 */
function drag({ pointerId, clientX, target, currentTarget }, input) {
  if (target === input) return; // a mouse: the browser's own
  const row = /** @type {HTMLElement} */ (currentTarget);
  const before = input.valueAsNumber;
  row.onpointermove = (event) => {
    if (event.pointerId !== pointerId) return;
    if (!row.hasPointerCapture(pointerId)) row.setPointerCapture(pointerId);
    const span = (Number(input.max) - Number(input.min)) / input.clientWidth;
    const value = Math.round(before + (event.clientX - clientX) * span);
    if (value === input.valueAsNumber) return;
    input.value = String(value); // no further than the ends
    input.dispatchEvent(new Event("input"));
  };
  row.onpointerup = row.onpointercancel = () => (row.onpointermove = null);
}
