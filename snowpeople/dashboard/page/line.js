/** The line to Python: messages, and pictures in pieces, of which few are on their way at a time. */

const WINDOW = 2; // pieces on their way

class Line {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.alone = model.get("alone") === true; // the classifier is in the page: no picture leaves it, or must be small
    this.tells = Boolean(model.get("tells")); // whether it is told what is sent on
    this.pieceBytes = 0; // known from the welcome on; nothing is sent before
    /** @type {Map<string, (pieces: number) => void>} */
    this.onGot = new Map();
  }

  get isOpen() {
    return this.pieceBytes > 0;
  }

  /** @param {string} kind @param {object} [content] @param {ArrayBuffer[]} [buffers] */
  tell(kind, content = {}, buffers = []) {
    this.model.send({ kind, ...content }, undefined, buffers);
  }

  /**
   * Send a picture in pieces, for as long as it is `wanted`.
   * @param {{id: string, task: string, blob: Blob, thumbnail: boolean}} picture
   * @param {() => boolean} wanted
   * @param {(share: number) => void} onProgress
   * @returns {Promise<boolean>} whether it can be read
   */
  async upload({ id, task, blob, thumbnail }, wanted, onProgress) {
    let got = 0;
    let wake = () => {};
    this.onGot.set(id, (pieces) => {
      got = pieces;
      wake();
    });
    try {
      this.tell("start", { id, task, size: blob.size, thumbnail });
      const pieces = Math.ceil(blob.size / this.pieceBytes);
      for (let index = 0; index < pieces && wanted(); index++) {
        // Read piece by piece: Python may refuse a large file before much of it is in memory.
        const piece = await blob.slice(index * this.pieceBytes, (index + 1) * this.pieceBytes).arrayBuffer().catch(() => null);
        if (!wanted()) break;
        if (!piece) {
          this.tell("cancel", { id });
          return false;
        }
        this.tell("piece", { id, index }, [piece]);
        while (index + 1 - got >= WINDOW) await new Promise((resolve) => (wake = () => resolve(undefined)));
        if (wanted()) onProgress(got / pieces);
      }
      return true;
    } finally {
      this.onGot.delete(id);
    }
  }

  /** What arrived; all, where it is not wanted any more. @param {string} id @param {number} [pieces] */
  got(id, pieces = Infinity) {
    this.onGot.get(id)?.(pieces);
  }
}
