// Joins the parts: the video leads, and everything else shows the very frame that it shows.
import { fitted } from "./canvas.js";
import { Boxes } from "./boxes.js";
import { Clock } from "./clock.js";
import { draggable } from "./dragging.js";
import { Guides } from "./guides.js";
import { Gutter } from "./gutter.js";
import { isTyping, pressed } from "./keys.js";
import { Lanes } from "./lanes.js";
import { Layouts } from "./layouts.js";
import { Player } from "./player.js";
import { Spectrogram } from "./spectrogram.js";
import { GUTTER_PX, Strip } from "./strip.js";
import { draw, loadFonts } from "./tag.js";

const SHORT_S = 30; // a clip up to this long is shown whole in the lanes
const LEAST_VIEW_S = 1;
const ZOOM = 1.5;
const KEPT_STATS = 2000;
const NUDGES = { frame: null, 10: 0.01, 100: 0.1, 1000: 1 };

export class Studio {
  constructor(refs, root, clip, emit) {
    Object.assign(this, { refs, root, clip, emit });
    this.clock = new Clock(clip);
    this.state = null;
    this.view = { start: 0, end: Math.min(this.clock.end, SHORT_S) };
    this.laps = [];
    this.own = null;
    this.stats = { shown: [], redraws: [], ready_ms: null };
    this.layouts = new Layouts(
      this.clock.last,
      () => {
        this.layouts.want(this.player.frame);
        this.drawTag();
      },
      (frame) => emit("look", { frame }),
    );
    this.lanes = new Lanes(refs.plot, refs.dots, this.clock);
    this.spectrogram = new Spectrogram(refs.spectrogram, clip.has_sound);
    this.gutter = new Gutter(refs.gutter, this.lanes, refs.spectrogram, refs.chart);
    this.strip = new Strip(refs.strip, this.clock, (video_s) => this.player.seek(this.clock.frame(video_s)));
    this.boxes = new Boxes(
      refs.boxes,
      clip,
      (track_id) => {
        emit("select", { track_id, frame: this.player.frame });
        this.drawBoxes();
      },
      (box) => {
        this.player.pause();
        if (box) emit("box", box);
        this.drawBoxes();
      },
    );
    this.guides = new Guides(refs.guides, clip);
    this.player = new Player(
      refs.video,
      this.clock,
      (frame, now, shown) => this.onFrame(frame, now, shown),
      () => this.onPlayState(),
    );
    refs.picture.style.setProperty("--aspect", clip.width / clip.height);
    this.listen();
    window.slipstream = this; // a handle for measuring from the browser's console
  }

  async begin() {
    this.observer = new ResizeObserver(() => this.resize());
    for (const element of [this.refs.picture, this.refs.timeline, this.refs.chart]) this.observer.observe(element);
    await Promise.all([loadFonts(this.clip.fonts), this.loadVideo(), this.refetch("lanes"), this.refetch("tracks")]);
    this.resize();
    this.stats.ready_ms = performance.now();
    this.root.dataset.ready = "true";
    this.emit("ready");
    await this.refetch("sound"); // says "Listening…" until then
    await this.refetch("orders");
  }

  async loadVideo() {
    if (!this.state?.playable) return;
    if (!this.refs.video.src) this.refs.video.src = "/media/clip";
    if (this.refs.video.readyState >= 2) return;
    await new Promise((resolve) => {
      this.refs.video.addEventListener("loadeddata", resolve, { once: true });
      this.refs.video.addEventListener("error", resolve, { once: true });
    });
  }

  async refetch(what) {
    if (what === "lanes") {
      const data = await (await fetch("/data/lanes")).json();
      this.laps = data.laps ?? [];
      this.own = this.lanes.load(data);
    } else if (what === "tracks") await this.boxes.load();
    else if (what === "sound") await this.spectrogram.load();
    else if (what === "orders") await this.spectrogram.loadOrders();
    else if (what === "guides") await this.guides.load(this.preset);
    else if (what === "video") await this.loadVideo();
    this.redraw();
  }

  // Takes the settings as they are now.
  settle(state, mode, preset) {
    const before = this.state;
    this.state = state;
    this.mode = mode;
    if (!this.dragging || before?.version !== state.version) this.clock.shift = 0;
    this.clock.place(state.pieces);
    this.layouts.settle(state.version);
    if (!before || JSON.stringify(before.pieces) !== JSON.stringify(state.pieces)) {
      this.own = this.lanes.place();
      if (this.lanes.data && this.strays()) this.refetch("lanes");
      if (before) this.refetch("orders");
    }
    if (before && before.driver !== state.driver) ["lanes", "sound", "orders"].forEach((what) => this.refetch(what));
    if (!before || before.tracks !== state.tracks) if (before) this.refetch("tracks");
    if (this.preset !== preset || (preset && before?.version !== state.version)) {
      this.preset = preset;
      this.refetch("guides");
    }
    if (before && !before.playable && state.playable) this.loadVideo();
    this.lanes.readings = state.readings;
    this.lanes.laid = null;
    this.note();
    this.layouts.want(this.player.frame);
    this.redraw();
    if (!before) this.begin();
  }

  // Whether the clip has been moved away from the samples that are here.
  strays() {
    const data = this.lanes.data;
    const span = [this.clock.session(0), this.clock.session(this.clock.end - 1e-3)];
    return !data.own || span.some((at_s) => at_s !== null && (at_s < data.start_s || at_s > data.end_s));
  }

  onFrame(frame, now, shown) {
    this.follow(frame);
    this.layouts.want(frame);
    this.drawTag();
    this.drawPlayhead();
    if (shown) {
      const layout = this.layouts.get(frame);
      this.stats.shown.push({
        frame,
        tag: layout !== null,
        // How long after the frame's time on the screen all that belongs to it was drawn, ms.
        late_ms: performance.now() - shown.expectedDisplayTime,
        playing: this.player.playing,
      });
      if (this.stats.shown.length > KEPT_STATS) this.stats.shown.splice(0, KEPT_STATS / 2);
    }
    if (!this.toldAt || performance.now() - this.toldAt > 200 || !this.player.playing) {
      this.toldAt = performance.now();
      clearTimeout(this.telling);
      this.telling = setTimeout(() => this.emit("at", { frame: this.player.frame }), 60);
    }
  }

  // Turns the page of the lanes when the playhead leaves it.
  follow(frame) {
    const at = this.clock.times[frame];
    const span = this.view.end - this.view.start;
    if (at >= this.view.start && at < this.view.end) return;
    const start = Math.min(Math.max(at < this.view.start ? at - span * 0.9 : at - span * 0.05, 0), Math.max(this.clock.end - span, 0));
    this.view = { start, end: start + span };
    this.drawLanes();
  }

  onPlayState() {
    const playing = this.player.playing;
    const button = this.root.querySelector("[data-do=play]");
    button.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.refs.playIcon.textContent = playing ? "pause" : "play_arrow";
    this.root.querySelector("[data-do=loop]").setAttribute("aria-pressed", String(this.player.loop !== null));
    this.drawStrip();
  }

  redraw() {
    this.drawTag();
    this.drawLanes();
    this.drawPlayhead();
  }

  drawTag() {
    const frame = this.player.frame;
    const layout = this.state?.placed ? this.layouts.get(frame) : null;
    const context = fitted(this.refs.tag);
    this.drawn = { frame, layout, exact: this.layouts.exact(frame) !== null };
    draw(context, layout, this.refs.tag.width / this.clip.width);
    this.guides.draw(frame);
    this.drawBoxes();
  }

  drawBoxes() {
    const frame = this.player.frame;
    const at = this.clock.times[frame];
    const tags = this.layouts.get(frame)?.tags ?? [];
    const keys = (this.state?.boxes ?? []).filter((key) => Math.abs(key.video_time_s - at) < this.clock.step / 2);
    this.boxes.show(frame, this.mode === "track", new Map(tags.map((tag) => [tag.track_id, tag.driver])), keys);
  }

  drawLanes() {
    if (!this.state) return;
    this.lanes.draw(this.view);
    this.spectrogram.draw(this.view, this.clock, this.own);
    this.drawStrip();
    this.stats.redraws.push(performance.now());
    if (this.stats.redraws.length > KEPT_STATS) this.stats.redraws.splice(0, KEPT_STATS / 2);
  }

  drawStrip() {
    if (this.state) this.strip.draw(this.state, this.view, this.player, this.laps);
  }

  drawPlayhead() {
    const at = this.clock.times[this.player.frame];
    const width = this.refs.spectrogram.clientWidth;
    const share = (at - this.view.start) / (this.view.end - this.view.start);
    this.refs.playhead.style.transform = `translateX(${GUTTER_PX + share * width}px)`;
    this.refs.clock.textContent = stamp(at);
    this.refs.frame.textContent = `frame ${this.player.frame} of ${this.clock.last + 1}`;
    this.refs.strip.setAttribute("aria-valuenow", (at / this.clock.end).toFixed(4));
    this.refs.strip.setAttribute("aria-valuetext", stamp(at));
    this.gutter.draw(this.lanes.at(at));
    this.drawStrip();
    this.playheadFrame = this.player.frame;
  }

  note() {
    const { note, badge } = this.refs;
    note.textContent = this.state.note ?? "";
    note.classList.toggle("is-shown", Boolean(this.state.note));
    badge.textContent = this.state.slot ?? "";
    badge.classList.toggle("is-shown", Boolean(this.state.slot));
  }

  resize() {
    // The picture is as large as its room and keeps its shape.
    const room = this.refs.picture.parentElement;
    const aspect = this.clip.width / this.clip.height;
    const width = Math.min(room.clientWidth, room.clientHeight * aspect);
    Object.assign(this.refs.picture.style, { width: `${width}px`, height: `${width / aspect}px` });
    this.lanes.resize();
    this.gutter.forget();
    this.redraw();
  }

  zoom(factor, around = this.clock.times[this.player.frame]) {
    const span = Math.min(Math.max((this.view.end - this.view.start) * factor, LEAST_VIEW_S), this.clock.end);
    const share = (around - this.view.start) / (this.view.end - this.view.start);
    const start = Math.min(Math.max(around - share * span, 0), this.clock.end - span);
    this.view = { start, end: start + span };
    this.drawLanes();
    this.drawPlayhead();
  }

  // Everything that a key or a button can ask for.
  act(name) {
    const { player, clock } = this;
    const seconds = Math.round(1 / clock.step);
    const own = {
      play: () => player.toggle(),
      back: () => player.step(-1),
      forward: () => player.step(1),
      "second-back": () => player.step(-seconds),
      "second-on": () => player.step(seconds),
      start: () => player.seek(0),
      end: () => player.seek(clock.last),
      loop: () => player.toggleLoop(),
      sound: () => this.toggleSound(),
      in: () => this.zoom(1 / ZOOM),
      out: () => this.zoom(ZOOM),
    };
    if (own[name]) own[name]();
    else if (/^(later|earlier)-/.test(name)) this.nudge(name);
    else this.emit("command", { name, frame: player.frame });
  }

  nudge(name) {
    const [way, size] = name.split("-");
    const by = (NUDGES[size] ?? this.clock.step * this.clock.rate) * (way === "later" ? 1 : -1);
    this.emit("nudge", { by_s: by, frame: this.player.frame });
  }

  toggleSound() {
    const video = this.refs.video;
    video.muted = !video.muted;
    const button = this.root.querySelector("[data-do=sound]");
    button.setAttribute("aria-pressed", String(!video.muted));
    button.firstElementChild.textContent = video.muted ? "volume_off" : "volume_up";
  }

  listen() {
    const { refs, root } = this;
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) this.act(button.dataset.do);
    });
    refs.speed.addEventListener("change", () => (refs.video.playbackRate = Number(refs.speed.value)));
    this.onKey = (event) => {
      const does = pressed(event);
      if (!does) return;
      const always = ["save", "undo", "redo"].includes(does);
      if (isTyping(event.target) && !(always && does === "save")) return;
      // A button keeps its space bar; the rest of the page lends it to the player.
      if (does === "play" && event.target.closest?.("button, a, [role=tab], [role=checkbox], [role=switch]")) return;
      if (event.key.startsWith("Arrow") && event.target.closest?.("[role=tab]")) return;
      if (document.querySelector(".q-dialog") && does !== "help") return;
      event.preventDefault();
      this.act(does);
    };
    document.addEventListener("keydown", this.onKey);
    for (const element of [refs.spectrogram, refs.chart]) draggable(element, this);
  }

  pan(by_s) {
    const span = this.view.end - this.view.start;
    const start = Math.min(Math.max(this.view.start + by_s, 0), this.clock.end - span);
    this.view = { start, end: start + span };
    this.drawLanes();
    this.drawPlayhead();
  }

  dragTo(shift_s) {
    this.dragging = this.layouts.live = true;
    this.clock.shift = shift_s;
    if (!this.redrawing) {
      this.redrawing = requestAnimationFrame(() => {
        this.redrawing = null;
        this.drawLanes();
        this.gutter.draw(this.lanes.at(this.clock.times[this.player.frame]));
        this.emit("drag", { by_s: this.clock.shift, frame: this.player.frame });
      });
    }
    const note = this.refs.shift;
    note.textContent = `${shift_s >= 0 ? "+" : "−"}${Math.abs(shift_s).toFixed(3)} s`;
    note.classList.add("is-shown");
  }

  dropped() {
    const by_s = this.clock.shift;
    this.dragging = false;
    this.refs.shift.classList.remove("is-shown");
    this.emit("dropped", { by_s, frame: this.player.frame });
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
    this.observer.disconnect();
    this.player.close();
    this.lanes.close();
  }
}

function stamp(video_s) {
  const minutes = Math.floor(video_s / 60);
  return `${minutes}:${(video_s - minutes * 60).toFixed(3).padStart(6, "0")}`;
}
