/** Questions about a picture besides what it is: each sends the picture, and gets one answer or a Refusal. */

/** Why there is no answer; its message is a sentence. */
class Refusal extends Error {
  /** @param {string} code @param {string} [english] */
  constructor(code, english) {
    super(reasonOf(code, english));
    this.code = code;
  }
}

/** The sentence for what went wrong. @param {unknown} error */
function sentenceOf(error) {
  if (error instanceof Refusal) return error.message;
  console.warn(error);
  return reasonOf("fault");
}

/**
 * @param {Session} session
 * @param {"look" | "try" | "flip"} task
 * @param {Blob} picture
 * @returns {Promise<{content: any, buffers: Uint8Array<ArrayBuffer>[]}>}
 */
async function ask(session, task, picture) {
  const { line, asked } = session;
  if (!line.isOpen) throw new Refusal("lost");
  const id = newId();
  let timer = 0;
  try {
    return await new Promise((resolve, reject) => {
      // From the last sign of life: a slow line may take its time.
      const wait = () => {
        clearTimeout(timer);
        if (line.alone) return; // it goes nowhere, and a slow device may take its time
        timer = setTimeout(() => {
          line.tell("cancel", { id });
          reject(new Refusal("lost"));
        }, LOST_AFTER);
      };
      asked.set(id, (content, buffers) => {
        if (content.kind === "sent" || content.kind === "held") wait();
        else if (content.kind === "failed") reject(new Refusal(content.code, content.message));
        else resolve({ content, buffers: buffers.map(bytesOf) });
      });
      wait();
      const wanted = () => asked.has(id);
      line.upload({ id, task, blob: picture, thumbnail: false }, wanted, wait).then((read) => {
        if (!read) reject(new Refusal("unreadable"));
      }, reject);
    });
  } finally {
    clearTimeout(timer);
    asked.delete(id);
    line.got(id);
  }
}
