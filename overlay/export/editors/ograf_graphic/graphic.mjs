// A tag that rides on each car: an EBU OGraf v1 graphic. `cars.mjs` beside it holds where the cars are and what their tags say.
import sheet from "./cars.mjs";

const OK = { statusCode: 200 };
const FADE_MS = 200;
const LOST_MS = 600; // a car not seen for longer than this has no tag

class SlipstreamTags extends HTMLElement {
  #data = { offset_ms: 0, numbers: true };
  #startedAt = null; // performance.now() of time 0 while playing in real time
  #schedule = [];
  #tags = new Map();
  #shownBefore = 0; // opacity factor, 0 stopped to 1 playing

  async load({ data, renderType } = {}) {
    this.#data = { ...this.#data, ...(data ?? {}) };
    this.realtime = renderType !== "non-realtime";
    Object.assign(this.style, { position: "absolute", inset: "0", overflow: "hidden", display: "block" });
    for (const driver of Object.keys(sheet.cars)) {
      const tag = document.createElement("div");
      Object.assign(tag.style, {
        position: "absolute", left: "0", top: "0", padding: "0.25em 0.6em", opacity: "0", whiteSpace: "nowrap",
        font: `600 ${this.#em()}px "Barlow Condensed", "Arial Narrow", sans-serif`, fontVariantNumeric: "tabular-nums",
        color: "#fff", background: "rgba(20, 26, 36, 0.88)", borderRadius: "0 0 0.35em 0", willChange: "transform",
      });
      this.appendChild(tag);
      this.#tags.set(driver, tag);
    }
    return OK;
  }

  async dispose() {
    this.#startedAt = null;
    this.replaceChildren();
    this.#tags.clear();
    return OK;
  }

  async playAction() {
    this.#startedAt = performance.now();
    this.#shownBefore = 1;
    if (this.realtime) this.#tick();
    return { ...OK, currentStep: 0 };
  }

  async stopAction() {
    this.#startedAt = null;
    this.#shownBefore = 0;
    this.#draw(-1e9);
    return OK;
  }

  async updateAction({ data } = {}) {
    this.#data = { ...this.#data, ...(data ?? {}) };
    return OK;
  }

  async customAction({ id }) {
    return { statusCode: 404, statusMessage: `no action ${id}` };
  }

  async setActionsSchedule({ schedule }) {
    this.#schedule = [...schedule].sort((a, b) => a.timestamp - b.timestamp);
    return OK;
  }

  async goToTime({ timestamp }) {
    let playedAt = null;
    for (const { timestamp: at, action } of this.#schedule) {
      if (at > timestamp) break;
      if (action.type === "playAction") playedAt = at;
      if (action.type === "stopAction") playedAt = null;
      if (action.type === "updateAction") this.#data = { ...this.#data, ...(action.params?.data ?? {}) };
    }
    this.#shownBefore = playedAt === null ? 0 : 1;
    this.#draw(playedAt === null ? -1e9 : timestamp - playedAt);
    return OK;
  }

  #em() {
    return Math.max(14, 0.032 * (this.clientHeight || sheet.height));
  }

  #tick() {
    if (this.#startedAt === null || !this.isConnected) return;
    this.#draw(performance.now() - this.#startedAt);
    requestAnimationFrame(() => this.#tick());
  }

  #draw(elapsed) {
    const time = elapsed + this.#data.offset_ms;
    const across = (this.clientWidth || sheet.width) / sheet.width;
    const down = (this.clientHeight || sheet.height) / sheet.height;
    for (const [driver, tag] of this.#tags) {
      const place = this.#at(sheet.cars[driver], time);
      tag.style.opacity = place === null ? "0" : String(this.#shownBefore * place.opacity);
      if (place === null) continue;
      tag.textContent = this.#data.numbers ? place.words : driver;
      tag.style.transform = `translate(${place.x * across}px, ${place.y * down}px) translate(-50%, -130%)`;
    }
  }

  // rows are [time_ms, x of the middle, y of the top, words], in order of time
  #at(rows, time) {
    let low = 0, high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle][0] <= time) low = middle + 1; else high = middle;
    }
    const before = rows[low - 1], after = rows[low];
    const sinceSeen = before ? time - before[0] : Infinity, untilSeen = after ? after[0] - time : Infinity;
    if (before && after && after[0] - before[0] <= LOST_MS) {
      const part = (time - before[0]) / (after[0] - before[0]);
      return { x: before[1] + part * (after[1] - before[1]), y: before[2] + part * (after[2] - before[2]), words: before[3], opacity: 1 };
    }
    const near = sinceSeen <= untilSeen ? before : after;
    const away = Math.min(sinceSeen, untilSeen);
    return near && away < FADE_MS ? { x: near[1], y: near[2], words: near[3], opacity: 1 - away / FADE_MS } : null;
  }
}

export default SlipstreamTags;
