/**
 * Writes what a canvas shows as a JPEG, in a thread of its own: in the page's, browsers wait for an idle moment, of which
 * there is none while a slider moves. One picture at a time.
 */

const ENCODER = `onmessage = async ({ data: { image, options } }) => {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  postMessage(await canvas.convertToBlob(options));
};`;

class Encoder {
  constructor() {
    this.options = { type: "image/jpeg", quality: QUALITY };
    this.address = URL.createObjectURL(new Blob([ENCODER], { type: "text/javascript" }));
    /** @type {Worker | null} */
    this.worker = null;
    if (typeof OffscreenCanvas !== "function") return;
    try {
      this.worker = new Worker(this.address);
    } catch {
      // A page's security policy may forbid it.
    }
  }

  close() {
    this.worker?.terminate();
    URL.revokeObjectURL(this.address);
  }

  /** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
  async encode(canvas) {
    const blob = (this.worker && (await this.apart(this.worker, canvas))) ?? (await this.here(canvas));
    if (!blob) throw new Error("This browser can't write a JPEG.");
    return blob;
  }

  /** @param {Worker} worker @param {HTMLCanvasElement} canvas @returns {Promise<Blob | null>} */
  apart(worker, canvas) {
    const image = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        this.worker = null; // it would not work the next time either
        resolve(null);
      };
      worker.postMessage({ image, options: this.options });
    });
  }

  /** @param {HTMLCanvasElement} canvas @returns {Promise<Blob | null>} */
  here(canvas) {
    return new Promise((resolve) => canvas.toBlob(resolve, this.options.type, this.options.quality));
  }
}
