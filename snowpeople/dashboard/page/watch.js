/** The time since Python was heard: when to say hello, when to ping, and when it is lost. */

const HELLO_EVERY = 2_000; // milliseconds, as all that follow
const PING_AFTER = 8_000;
const LOST_AFTER = 20_000;

class Watch {
  constructor() {
    this.since = performance.now(); // a welcome is waited for since then
    this.helloAt = -Infinity;
    this.heardAt = this.since; // any message from Python
    this.pingedAt = 0; // 0: no ping waits for its pong
  }

  hear() {
    this.heardAt = performance.now();
    this.pingedAt = 0;
  }

  /** Silence counts from here. */
  expect() {
    this.heardAt = performance.now();
  }

  /** Say hello from now on. */
  greet() {
    this.since = performance.now();
    this.helloAt = -Infinity;
  }

  /** A welcome can't be late. */
  rest() {
    this.since = Infinity;
  }

  get isLate() {
    return performance.now() - this.since > LOST_AFTER;
  }

  /** What it is time for. @param {boolean} greeted @param {boolean} awaiting  whether Python has the next word */
  due(greeted, awaiting) {
    const now = performance.now();
    if (!greeted) {
      if (now - this.helloAt < HELLO_EVERY) return "";
      this.helloAt = now;
      return "hello";
    }
    if (!awaiting) this.pingedAt = 0;
    else if (!this.pingedAt && now - this.heardAt > PING_AFTER) {
      this.pingedAt = now;
      return "ping";
    } else if (this.pingedAt && now - this.pingedAt > LOST_AFTER - PING_AFTER) {
      this.pingedAt = 0;
      return "lost";
    }
    return "";
  }
}
