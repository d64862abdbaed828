/** The camera of the visitor's own device: one picture, or one every few seconds until it is stopped. */

const INTERVALS = [2, 5, 10]; // seconds
const MOST_IN_SERIES = 100; // pictures: no camera runs on, forgotten
/** @type {Record<string, string>} the browsers' names for what is wrong, as ours; what else there is means "busy" */
const CAMERA_FAULTS = { NotFoundError: "none", OverconstrainedError: "none", NotAllowedError: "denied", SecurityError: "denied" };

class Camera {
  /** @param {View} view */
  constructor(view) {
    this.view = view;
    /** @type {MediaStream | null} */
    this.stream = null;
    this.on = false; // or about to be
    this.opening = 0; // counts, so that a stream that comes after its time is known
    this.running = 0; // likewise for series

    const words = WORDS.camera;
    this.node = element("div", "snow-way");
    this.toggle = button(words.use, () => (this.on ? this.close() : this.open()));
    this.panel = element("div", "snow-panel");
    this.message = element("p", "snow-message");
    this.message.setAttribute("role", "alert");
    this.stage = element("div", "snow-stage");
    this.video = element("video", "snow-video");
    Object.assign(this.video, { muted: true, autoplay: true, playsInline: true, ariaLabel: words.sees });
    this.waiting = element("p", "snow-starting", words.starting);
    /** @type {Item | null} what it took last, shown small in a corner with its answer: the card may be out of sight */
    this.taken = null;
    this.last = button("", () => this.taken && this.view.history.choose(this.taken), "snow-last");
    this.stage.append(this.video, this.waiting, this.last);
    this.controls = element("div", "snow-controls");
    this.shot = button(words.shoot, () => this.shoot(), "snow-button snow-main");
    this.other = button(words.other, () => this.switch());
    const every = element("div", "snow-every");
    every.setAttribute("role", "group");
    every.setAttribute("aria-label", words.every);
    this.intervals = INTERVALS.map((seconds) => {
      const start = button(words.seconds(seconds), () => this.series(seconds));
      start.ariaLabel = words.inSeconds(seconds);
      return start;
    });
    every.append(element("span", "", words.every), ...this.intervals);
    this.controls.append(this.shot, every, this.other);
    this.panel.append(this.message, this.stage, this.controls);
    this.node.append(this.toggle, this.panel);
    // While a series runs: at the lower edge of the window, wherever the visitor has scrolled to.
    this.bar = element("div", "snow-running");
    this.telling = element("span");
    this.bar.append(this.telling, button(words.stop, () => this.halt(), "snow-button snow-main"));

    const { signal } = view.abort;
    view.session.addEventListener("changed", (event) => /** @type {CustomEvent} */ (event).detail === this.taken && this.drawLast(), { signal });
    view.session.addEventListener("cleared", () => (this.taken = null, this.drawLast()), { signal });
    signal.addEventListener("abort", () => this.close());
    document.addEventListener("visibilitychange", () => document.hidden && this.on && this.close(words.hidden), { signal });
    addEventListener("pagehide", () => this.close(), { signal });
    view.root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && this.on && this.close());
    this.draw();
  }

  /** @param {string} [message] */
  draw(message = "") {
    const { on, stream } = this;
    this.toggle.textContent = on ? WORDS.camera.off : WORDS.camera.use;
    this.toggle.ariaExpanded = String(on);
    this.message.textContent = message;
    this.message.hidden = !message;
    this.stage.hidden = this.controls.hidden = !on;
    this.panel.hidden = !on && !message;
    this.waiting.hidden = Boolean(stream);
    for (const control of [this.shot, this.other, ...this.intervals]) control.disabled = !stream;
    this.drawLast();
  }

  drawLast() {
    const { taken, last } = this;
    last.hidden = !taken;
    if (!taken) return last.replaceChildren();
    const { answer, state } = taken;
    const words = answer ? answerOf(answer.label, this.view.session.about) : WORDS[state];
    last.replaceChildren(...last.querySelectorAll("canvas"), element("span", "", words));
  }

  /** A sign that it took one. @param {Item} item @param {HTMLCanvasElement} canvas */
  sign(item, canvas) {
    this.taken = item;
    this.last.replaceChildren(canvas);
    this.drawLast();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.video.animate({ opacity: [0.1, 1] }, 300);
  }

  /** @param {MediaTrackConstraints} [which] which camera: what is in front of a phone, unless it is said */
  async open(which = { facingMode: "environment" }) {
    const opening = ++this.opening;
    this.on = true;
    this.draw();
    this.panel.scrollIntoView({ block: "nearest" }); // on a phone, what takes the picture would be out of sight
    try {
      const stream = await streamOf(which);
      if (opening !== this.opening) return stopTracks(stream);
      this.stream = stream;
    } catch (error) {
      const { name } = /** @type {Error} */ (error);
      if (opening === this.opening) this.close(WORDS.camera.errors[window.isSecureContext ? (CAMERA_FAULTS[name] ?? "busy") : "insecure"]);
      return;
    }
    const [track] = this.stream.getVideoTracks();
    track.onended = () => this.close(WORDS.camera.errors.gone);
    // As in a mirror, if it shows the visitor; a desk's camera does not say so, but does.
    this.video.classList.toggle("snow-mirror", track.getSettings().facingMode !== "environment");
    this.video.srcObject = this.stream;
    this.other.hidden = (await cameras()).length < 2;
    if (opening === this.opening) this.draw();
  }

  /** Stop the camera, so that its light goes out. @param {string} [message] why, if the visitor did not ask for it */
  close(message = "") {
    const focus = focusAt(this.panel);
    const focused = this.panel.contains(focus) || this.bar.contains(focus);
    this.on = false;
    this.opening++;
    this.endSeries();
    if (this.stream) stopTracks(this.stream);
    this.stream = this.video.srcObject = this.taken = null;
    this.draw(message);
    if (focused) this.toggle.focus();
  }

  endSeries() {
    this.running++;
    this.bar.remove();
    for (const start of this.intervals) start.ariaPressed = "false";
  }

  /** No more of a series; the camera stays on. */
  halt() {
    this.endSeries();
    this.shot.focus({ preventScroll: true });
  }

  /** To the camera on a phone's other side, or to a desk's next one. */
  async switch() {
    const { facingMode, deviceId } = this.stream?.getVideoTracks()[0]?.getSettings() ?? {};
    const ids = (await cameras()).map((camera) => camera.deviceId);
    this.close(); // phones have one on at a time
    if (facingMode) await this.open({ facingMode: facingMode === "environment" ? "user" : "environment" });
    else await this.open({ deviceId: { exact: ids[(ids.indexOf(deviceId ?? "") + 1) % ids.length] } });
    this.other.focus();
  }

  /** What the camera sees now, as it is: only the view of it is mirrored. @returns {Promise<Item | null>} */
  async shoot() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!this.stream || !width) return null;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d")?.drawImage(this.video, 0, 0);
    const source = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    const time = new Date().toLocaleTimeString(LANGUAGE, { hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit" });
    if (!source) return null;
    const called = () => WORDS.camera.name(time);
    const [item] = this.view.session.add([{ name: called(), source, called }]);
    this.sign(item, canvas);
    return item;
  }

  /** A picture every few seconds, each when the one before has its answer. @param {number} seconds */
  async series(seconds) {
    const running = ++this.running;
    this.intervals.forEach((start, index) => (start.ariaPressed = String(INTERVALS[index] === seconds)));
    this.telling.textContent = WORDS.camera.inSeconds(seconds);
    this.view.root.append(this.bar);
    this.view.say(this.telling.textContent);
    for (let count = 0; count < MOST_IN_SERIES; count++) {
      const item = await this.shoot();
      await Promise.all([item && this.settled(item), new Promise((resolve) => setTimeout(resolve, seconds * 1000))]);
      if (running !== this.running) return;
      if (item?.state === "failed") return this.close(WORDS.camera.unanswered);
    }
    this.close(WORDS.camera.enough(MOST_IN_SERIES));
  }

  /** Once a picture has its answer, or will have none. @param {Item} item @returns {Promise<void>} */
  settled(item) {
    return new Promise((resolve) => {
      const look = () => {
        if (item.state !== "done" && item.state !== "failed") return;
        this.view.session.removeEventListener("changed", look);
        resolve();
      };
      this.view.session.addEventListener("changed", look, { signal: this.view.abort.signal });
      look();
    });
  }
}

/** @param {MediaTrackConstraints} which */
function streamOf(which) {
  const video = { width: { ideal: 1280 }, height: { ideal: 720 }, ...which };
  return navigator.mediaDevices.getUserMedia({ video, audio: false });
}

async function cameras() {
  return (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

WAYS.push((view) => new Camera(view).node);
