/**
 * What is asked of a service about a picture, as the protocol has it. What a kernel would search for by itself, the smallest
 * change, is searched for in the page.
 *
 * @typedef {[content: object, buffers?: ArrayBuffer[]]} Said
 * @type {Record<string, (api: Api, picture: Blob, thumbnail: boolean, job: Job) => Promise<Said>>}
 */
const TASKS = {
  classify: classifiedBy,
  try: classifiedBy,

  async look(api, picture, _, job) {
    const [{ attention }] = await api.predict(picture, "?attention=true", job);
    const { label, rows, columns, probability, box, drops } = attention;
    return [{ kind: "look", label, rows, columns, base: probability, box }, [Float32Array.from(drops).buffer]];
  },

  async flip(api, picture, _, job) {
    const [{ attention }] = await api.predict(picture, "?attention=true", job);
    const flip = await findFlip(picture, (pictures) => answersTo(api, pictures, job), lookedMostAt(attention));
    if (!flip) return [{ kind: "flip", edit: null }];
    const { edit, strength, middle, before, after } = flip;
    return [{ kind: "flip", edit, strength, middle, before, after }, [await flip.picture.arrayBuffer()]];
  },
};

/** @param {Api} api @param {Blob | {address: string}} picture @param {boolean} thumbnail @param {Job} job @returns {Promise<Said>} */
async function classifiedBy(api, picture, thumbnail, job) {
  const body = picture instanceof Blob ? picture : JSON.stringify({ url: picture.address });
  const [prediction] = await api.predict(body, thumbnail ? "?thumbnail=true" : "", job);
  const small = prediction.thumbnail ? [bytesIn(prediction.thumbnail)] : [];
  return [{ kind: "answer", ...answerIn(prediction) }, small];
}

/** @param {Api} api @param {Blob[]} pictures @param {Job} job @returns {Promise<Answer[]>} */
async function answersTo(api, pictures, job) {
  const predictions = [];
  const most = api.limits.pictures;
  for (let at = 0; at < pictures.length; at += most) {
    const form = new FormData();
    for (const picture of pictures.slice(at, at + most)) form.append("picture", picture);
    predictions.push(...(await api.predict(form, "", job)));
  }
  return predictions.map(answerIn);
}

/** @param {any} prediction @returns {Answer} */
function answerIn({ label, probability, probabilities, unfamiliar }) {
  const bars = Object.entries(probabilities).map(([label, probability]) => ({ label, probability }));
  return { label, probability, unfamiliar, bars };
}

/** @param {string} base64 @returns {ArrayBuffer} */
function bytesIn(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}
