/** A picture and its answer. */

/**
 * What can be done with an answered picture: each makes a button, or another element, for the card's last row. The
 * card's node has an event "updated" whenever the item has changed.
 * @type {((card: Card, item: Item) => HTMLElement)[]}
 */
const TOOLS = [];

const MOST_BARS = 6;

class Card {
  /** @param {Item} item @param {Session} session */
  constructor(item, session) {
    this.session = session;
    this.node = element("li", "snow-card");
    this.picture = element("div", "snow-thumbnail");
    const words = element("div", "snow-words");
    const head = element("div", "snow-head");
    this.title = element("h2", "snow-title");
    this.title.tabIndex = -1; // the focus comes here when it is chosen in the strip
    this.name = element("p", "snow-name");
    this.name.append(element("bdi", "", item.name || WORDS.pasted));
    this.message = element("p", "snow-message");
    this.progress = element("progress", "snow-progress");
    this.progress.setAttribute("aria-label", WORDS.sending);
    this.sure = element("p", "snow-sure");
    this.bars = element("ul", "snow-bars");
    this.tools = element("div", "snow-tools");
    this.tools.append(...TOOLS.map((tool) => tool(this, item)));
    this.again = element("button", "snow-button", WORDS.again);
    this.again.type = "button";
    this.again.onclick = () => session.retry(item);
    this.away = button(WORDS.away, () => session.forget(item));
    this.away.ariaLabel = `${WORDS.away}: ${item.name || WORDS.pasted}`;
    this.rescue = element("div", "snow-row");
    this.rescue.append(this.again, this.away);
    head.append(this.title, this.name);
    words.append(head, this.message, this.progress, this.rescue, this.sure, this.bars, this.tools);
    this.node.append(this.picture, words);
    this.update(item);
  }

  /** @param {Item} item */
  update(item) {
    const { state, answer } = item;
    this.node.dataset.state = state;
    this.node.classList.toggle("snow-stuck", state === "waiting" && noticeOf(this.session) !== null);
    this.title.textContent = state === "done" && answer ? answerOf(answer.label, this.session.about) : stateOf(item, this.session);
    this.sure.textContent = answer ? surenessOf(answer) : "";
    this.sure.hidden = !answer;
    this.tools.hidden = state === "failed" || !this.tools.firstChild;
    this.message.textContent = item.message;
    this.message.hidden = !item.message;
    this.again.hidden = !item.again;
    this.rescue.hidden = state !== "failed";
    this.progress.hidden = state === "done" || state === "failed";
    if (state === "sending") this.progress.value = item.progress;
    else this.progress.removeAttribute("value");
    const image = this.picture.querySelector("img");
    if (item.thumbnail && image?.getAttribute("src") !== item.thumbnail) {
      const next = element("img");
      next.src = item.thumbnail;
      next.alt = WORDS.picture(item.name || WORDS.pasted);
      this.picture.replaceChildren(next);
    } else if (!item.thumbnail && !this.picture.firstChild) this.picture.append(snowman());
    if (answer !== this.drawn || !this.bars.firstChild) this.drawBars(answer);
    this.node.dispatchEvent(new Event("updated")); // for the tools
  }

  /** Before there is an answer, empty ones hold the place. @param {Answer | null} answer */
  drawBars(answer) {
    this.drawn = answer;
    this.bars.ariaHidden = answer ? null : "true";
    const forced = answer !== null && isForced(answer);
    this.bars.classList.toggle("snow-forced", forced);
    const { labels } = this.session.about;
    const { label: chosen, bars } = answer ?? { label: "", bars: labels.map((label) => ({ label, probability: NaN })) };
    const rows = bars.map(({ label, probability }) => {
      const row = element("li", label === chosen && !forced ? "snow-bar snow-chosen" : "snow-bar");
      const track = element("span", "snow-track");
      const fill = element("span", "snow-fill");
      fill.style.setProperty("--share", String(probability || 0));
      track.append(fill);
      row.append(element("span", "snow-label", nameOf(label, this.session.about)), track, element("span", "snow-number", answer ? percent(probability) : ""));
      return row;
    });
    if (rows.length <= MOST_BARS) return this.bars.replaceChildren(...rows);
    // Many classes: the likeliest in sight, all of them on demand.
    const order = bars.map((_, index) => index).sort((a, b) => bars[b].probability - bars[a].probability);
    const top = order.slice(0, MOST_BARS - 1).map((index) => rows[index].cloneNode(true));
    const more = element("li");
    const details = element("details", "snow-more");
    const list = element("ul", "snow-bars");
    list.append(...rows);
    details.append(element("summary", "", WORDS.more(rows.length)), list);
    more.append(details);
    this.bars.replaceChildren(...top, more);
  }
}
