/** The page of a static site: see snowpeople/site. It works before the classifier is there; what is picked waits. */

(() => {
  const place = /** @type {HTMLElement} */ (document.getElementById("picker"));
  const summary = /** @type {HTMLElement | null} */ (document.querySelector(".page-about summary"));
  const speakOfIt = () => summary && Object.assign(summary, { textContent: WORDS.site.card, lang: LANGUAGE });
  VOICE.addEventListener("change", speakOfIt);
  speakOfIt();
  // From a file, browsers start no worker and fetch nothing.
  if (location.protocol === "file:") {
    const notice = element("div", "snow-notice");
    notice.setAttribute("role", "alert");
    const todo = element("pre", "", "python -m http.server\nhttp://localhost:8000");
    notice.append(element("strong", "", WORDS.site.file), element("p", "", WORDS.site.server), todo);
    const inside = element("div", "snow");
    inside.append(notice);
    place.append(inside);
    return;
  }
  /** @type {Site} */
  const site = JSON.parse(document.getElementById("site")?.textContent ?? "");
  const session = Object.assign(new Session(new Browser(site)), { about: site.about, expected: site.examples.length });
  new View(session, place, { page: true });
})();
