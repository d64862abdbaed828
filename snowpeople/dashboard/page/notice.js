/** What stands above all else where there is no answering, in words for a visitor; and what whoever runs the page, or the
 * service, has to do. */

/** Reasons that no waiting helps against. */
const BARRED = new Set(["cors", "policy", "insecure", "stranger"]);

/** On the computer of the browser: a developer's own page. */
function isLocal(/** @type {string} */ hostname) {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/**
 * @typedef {{title: string, lines: string[], remedy: string, barred: boolean}} Notice  `remedy`: what to do, by whoever
 *   runs it; "" where that is nothing. `barred`: nothing will come of waiting.
 * @param {Session} session
 * @returns {Notice | null}  null: it answers, or soon will
 */
function noticeOf({ state, message, code, where, line, model }) {
  const { service } = WORDS;
  const notice = { lines: message ? [message] : [], remedy: "", barred: BARRED.has(code) };
  if (state === "locked") return { ...notice, title: model.get("key") ? service.refused : service.locked };
  if (state === "silent" && line.tells) {
    const remedy = own(service.remedies, code)?.(where) ?? "";
    const known = notice.barred ? [] : [...(code === "offline" ? [service.offline] : []), service.kept];
    const lines = remedy && isLocal(location.hostname) ? [...known, remedy] : known;
    return { ...notice, title: notice.barred ? service.barred : service.lost, lines, remedy };
  }
  const title = { broken: WORDS.broken, silent: WORDS.silent, outdated: WORDS.outdated }[state];
  return title ? { ...notice, title } : null;
}
