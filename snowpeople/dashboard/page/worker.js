/**
 * The classifier in a thread of the visitor's own browser.
 *
 *   page → worker
 *     load    {runtime, wasm, model, settings, signatures, sizes}   addresses; what to answer with; bytes to expect
 *     job     {id, task} + bytes                          "classify", "try" or "look"
 *   worker → page
 *     loaded  {share}                                     how much of runtime and model is there
 *     ready   {}
 *     broken  {code}                                      a key of the page's words for it
 *     done    {id, content, buffers}                      as the page's protocol has it
 *     failed  {id, code, message}
 */

const TRIES = 3; // for a file that does not come
const TRY_AGAIN = 1_500; // milliseconds; longer each time

/** @type {Inference} */
let inference;
/** @type {Signatures} */
let signatures;

/**
 * A file of the site, packed or not: some web servers unpack on the way.
 * @param {string} address @param {(bytes: number) => void} onProgress
 */
async function fetched(address, onProgress) {
  const bytes = await retried(async () => {
    const response = await fetch(address);
    if (!response.ok || !response.body) throw new Error(`${address}: ${response.status}`);
    const chunks = [];
    const reader = response.body.getReader();
    let got = 0;
    for (let part; (part = await reader.read()), !part.done; ) {
      chunks.push(part.value);
      onProgress((got += part.value.length));
    }
    return new Blob(chunks);
  });
  const [first, second] = new Uint8Array(await bytes.slice(0, 2).arrayBuffer());
  const packed = first === 0x1f && second === 0x8b;
  return new Response(packed ? bytes.stream().pipeThrough(new DecompressionStream("gzip")) : bytes).arrayBuffer();
}

/** @template T @param {() => Promise<T>} way @returns {Promise<T>} */
async function retried(way) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await way();
    } catch (error) {
      if (attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * TRY_AGAIN));
    }
  }
}

/** @param {any} message */
async function load(message) {
  signatures = message.signatures;
  if (typeof DecompressionStream !== "function") return postMessage({ kind: "broken", code: "old" });
  if (!showsPixels()) return postMessage({ kind: "broken", code: "hidden" });
  const got = { wasm: 0, model: 0 };
  let told = 0;
  /** @param {"wasm" | "model"} which */
  const follow = (which) => (/** @type {number} */ bytes) => {
    got[which] = Math.min(bytes, message.sizes[which]); // unpacked on the way, it is more
    const share = (got.wasm + got.model) / (message.sizes.wasm + message.sizes.model);
    if (Math.abs(share - told) < 0.01) return;
    told = share;
    postMessage({ kind: "loaded", share });
  };
  let runtime, wasm, model;
  try {
    [runtime, wasm, model] = await Promise.all([
      import(message.runtime), fetched(message.wasm, follow("wasm")), fetched(message.model, follow("model")),
    ]);
  } catch (error) {
    console.warn(error);
    return postMessage({ kind: "broken", code: "missing" });
  }
  // One thread: more need shared memory, which browsers give only to pages with headers that static hosts don't send.
  Object.assign(runtime.env.wasm, { wasmBinary: wasm, numThreads: 1, proxy: false });
  runtime.env.logLevel = "error";
  const session = await runtime.InferenceSession.create(new Uint8Array(model), { executionProviders: ["wasm"] });
  inference = new Inference(runtime, session, message.settings);
  postMessage({ kind: "ready" });
}

/** @param {string} task @param {ArrayBuffer} bytes */
async function answered(task, bytes) {
  const { settings } = inference;
  // As Classifier.read: a large photo is looked at smaller.
  const upright = await decoded(new Uint8Array(bytes), settings.enough, signatures);
  if (task === "look") return attention(inference, upright);
  const [prediction] = await inference.predict([fit(upright, settings)]);
  return { content: said(prediction, settings.labels), buffers: [] };
}

onmessage = async ({ data }) => {
  if (data.kind === "load") {
    return load(data).catch((error) => {
      console.warn(error);
      postMessage({ kind: "broken", code: "old" });
    });
  }
  const { id, task, bytes } = data;
  try {
    const { content, buffers } = await answered(task, bytes);
    postMessage({ kind: "done", id, content, buffers }, { transfer: buffers });
  } catch (error) {
    if (error instanceof Fault) return postMessage({ kind: "failed", id, code: error.code, message: error.message });
    console.warn(error);
    postMessage({ kind: "failed", id, code: "fault", message: "" });
  }
};
