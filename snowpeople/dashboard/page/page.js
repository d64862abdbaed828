/** The page around the view, where the page is the dashboard's own: what a tab, a search or a shared link shows of it. */

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><text y="52" font-size="52">⛄</text></svg>',
)}`;

/** @param {string} title @param {string} description */
function dressPage(title, description) {
  document.documentElement.lang = LANGUAGE;
  document.title = title;
  if (description) inHead("meta", "name", "description").content = description;
  inHead("link", "rel", "icon").href = ICON;
}

/**
 * An element of the page's head, made where there is none.
 * @param {string} tag @param {string} key @param {string} value
 * @returns {any}
 */
function inHead(tag, key, value) {
  const found = document.head.querySelector(`${tag}[${key}="${value}"]`);
  if (found) return found;
  const node = document.createElement(tag);
  node.setAttribute(key, value);
  return document.head.appendChild(node);
}

/** The languages to choose from, at the foot of the view. */
function languageChoice() {
  const label = element("label", "snow-language");
  const select = element("select");
  select.setAttribute("aria-label", WORDS.language);
  for (const code of Object.keys(LANGUAGES)) {
    const option = element("option", "", languageName(code));
    Object.assign(option, { value: code, lang: code });
    select.append(option);
  }
  select.value = LANGUAGE;
  select.onchange = () => speak(select.value);
  label.append(select);
  return label;
}
