/** Small pieces that pages are made of. */

/**
 * An element. Text goes in as text, never as markup.
 * @param {string} tag @param {string} [className] @param {string} [text]
 * @returns {any}
 */
function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

/**
 * A button that looks like the others.
 * @param {string} text @param {() => void} press @param {string} [className]
 * @returns {HTMLButtonElement}
 */
function button(text, press, className = "snow-button") {
  return Object.assign(element("button", className, text), { type: "button", onclick: press });
}

/** What has the focus, as seen from a node: from outside of a shadow root, only its host has it. @param {Node} node @returns {Element | null} */
function focusAt(node) {
  return /** @type {Document | ShadowRoot} */ (node.getRootNode()).activeElement ?? null;
}

/** A field and what is to be put into it. @param {string} text @param {HTMLElement} field */
function labelled(text, field) {
  const label = element("label", "snow-labelled");
  label.append(element("span", "", text), field);
  return label;
}

/**
 * Make `nodes` the children of an element, in order. Those that are there are not touched, and keep the focus.
 * @param {Element} parent @param {Element[]} nodes
 */
function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  for (const [index, node] of nodes.entries()) {
    const there = parent.children[index] ?? null;
    if (there !== node) parent.insertBefore(node, there);
  }
}

/** A snowman, drawn. */
function snowman() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 64 64");
  svg.setAttribute("class", "snow-icon");
  svg.setAttribute("aria-hidden", "true");
  for (const [part, path] of [
    ["arm", "M20 35 8 27m3 2-1-5M44 35l12-8m-3 2 1-5"],
    ["ball", "M32 60a14 14 0 1 1 0-28 14 14 0 1 1 0 28Z"],
    ["ball", "M32 35a11 11 0 1 1 0-22 11 11 0 1 1 0 22Z"],
    ["scarf", "M25 34q7 4 14 0m-3 1 1.5 7"],
    ["hat", "M25 15V5h14v10ZM20 15h24"],
    ["coal", "M28 22v.1M36 22v.1M32 42v.1M32 49v.1"],
    ["nose", "m32 26 9 1.5-9 2Z"],
  ]) {
    const shape = document.createElementNS(space, "path");
    shape.setAttribute("class", `snow-${part}`);
    shape.setAttribute("d", path);
    svg.append(shape);
  }
  return svg;
}
