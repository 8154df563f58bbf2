// What lies under the picture, over one stretch of the clip: strip, sound, lanes, and the playhead through them.
import { draggable } from "./dragging.js";
import { Gutter } from "./gutter.js";
import { Lanes } from "./lanes.js";
import { Spectrogram } from "./spectrogram.js";
import { GUTTER_PX, Strip } from "./strip.js";

const SHORT_S = 30; // a clip up to this long is shown whole in the lanes
const LEAST_VIEW_S = 1;
export const KEPT_STATS = 2000; // a minute or so of what is measured

export class Timeline {
  constructor(refs, clip, clock, player, layouts, { onDrag, onDropped }) {
    Object.assign(this, { refs, clock, player, layouts, onDrag, onDropped, state: null, laps: [], own: null, dragging: false });
    this.view = { start: clock.start, end: clock.start + Math.min(clock.length, SHORT_S) };
    this.redraws = []; // when, ms
    this.lanes = new Lanes(refs.plot, refs.dots, clock);
    this.spectrogram = new Spectrogram(refs.spectrogram, clip.has_sound);
    this.gutter = new Gutter(refs.gutter, this.lanes, refs.spectrogram, refs.chart);
    this.strip = new Strip(refs.strip, clock, (video_s) => player.seek(clock.frame(video_s)));
    for (const element of [refs.spectrogram, refs.chart]) draggable(element, this);
  }

  // Takes the samples around where the clip lies.
  load(data) {
    this.laps = data.laps ?? [];
    this.own = this.lanes.load(data);
  }

  // Takes the settings as they are now; returns whether other samples are needed for them.
  settle(state) {
    const moved = JSON.stringify(this.state?.pieces) !== JSON.stringify(state.pieces);
    if (!this.dragging || this.state?.version !== state.version) this.clock.shift = 0;
    this.state = state;
    this.clock.place(state.pieces);
    if (moved) this.own = this.lanes.place();
    if (this.lanes.speak(state.units)) this.gutter.forget();
    this.lanes.readings = state.readings;
    this.lanes.laid = null;
    return moved && this.strays();
  }

  // Whether the clip has been moved away from the samples that are here.
  strays() {
    const data = this.lanes.data;
    if (!data) return false;
    const span = [this.clock.session(this.clock.start), this.clock.session(this.clock.end - 1e-3)];
    return !data.own || span.some((at_s) => at_s !== null && (at_s < data.start_s || at_s > data.end_s));
  }

  draw() {
    if (!this.state) return;
    this.lanes.draw(this.view);
    this.spectrogram.draw(this.view, this.clock, this.own);
    this.drawPlayhead();
    this.redraws.push(performance.now());
    if (this.redraws.length > KEPT_STATS) this.redraws.splice(0, KEPT_STATS / 2);
  }

  drawStrip() {
    if (this.state) this.strip.draw(this.state, this.view, this.player, this.laps);
  }

  drawPlayhead() {
    const { refs, clock, player, view } = this;
    const at = clock.times[player.frame];
    const share = (at - view.start) / (view.end - view.start);
    refs.playhead.style.transform = `translateX(${GUTTER_PX + share * refs.spectrogram.clientWidth}px)`;
    refs.clock.textContent = stamp(at);
    refs.frame.textContent = `frame ${player.frame} of ${clock.last + 1}`;
    refs.strip.setAttribute("aria-valuenow", ((at - clock.start) / clock.length).toFixed(4));
    refs.strip.setAttribute("aria-valuetext", stamp(at));
    this.drawNumbers();
    this.drawStrip();
    this.playheadFrame = player.frame;
  }

  drawNumbers() {
    if (!this.state) return;
    const { frame } = this.player;
    this.gutter.draw(this.lanes.at(this.clock.times[frame]), this.state.driver, this.layouts.get(frame)?.numbers);
  }

  // Goes along with the playhead; turns the page of the lanes when it leaves it.
  follow(frame) {
    const at = this.clock.times[frame];
    const { start, end } = this.view;
    if (at >= start && at < end) this.drawPlayhead();
    else this.show(at < start ? at - (end - start) * 0.9 : at - (end - start) * 0.05, end - start);
  }

  show(start_s, span) {
    const start = Math.min(Math.max(start_s, this.clock.start), this.clock.end - span);
    this.view = { start, end: start + span };
    this.draw();
  }

  zoom(factor, around = this.clock.times[this.player.frame]) {
    const now = this.view.end - this.view.start;
    const span = Math.min(Math.max(now * factor, LEAST_VIEW_S), this.clock.length);
    this.show(around - ((around - this.view.start) / now) * span, span);
  }

  pan(by_s) {
    this.show(this.view.start + by_s, this.view.end - this.view.start);
  }

  dragTo(shift_s) {
    this.dragging = true;
    this.clock.shift = shift_s;
    this.redrawing ??= requestAnimationFrame(() => {
      this.redrawing = null;
      this.draw();
      if (this.dragging) this.onDrag(this.clock.shift);
    });
    const note = this.refs.shift;
    note.textContent = `${shift_s >= 0 ? "+" : "−"}${Math.abs(shift_s).toFixed(3)} s`;
    note.classList.add("is-shown");
  }

  // Ends the drag; where it is taken back, the telemetry lies as before.
  drop(keep) {
    const by_s = this.clock.shift;
    if (!keep) this.dragTo(0);
    this.dragging = false;
    this.refs.shift.classList.remove("is-shown");
    this.onDropped(keep ? by_s : null);
  }

  resize() {
    this.lanes.resize();
    this.gutter.forget();
  }

  close() {
    cancelAnimationFrame(this.redrawing);
    this.lanes.close();
  }
}

function stamp(video_s) {
  const minutes = Math.floor(video_s / 60);
  return `${minutes}:${(video_s - minutes * 60).toFixed(3).padStart(6, "0")}`;
}
