// Joins the parts: the video leads, and everything else shows the very frame that it shows.
import { Clock } from "./clock.js";
import { keepFocus } from "./focus.js";
import { isTyping, pressed } from "./keys.js";
import { Layouts } from "./layouts.js";
import { Player } from "./player.js";
import { Screen } from "./screen.js";
import { loadFonts } from "./tag.js";
import { KEPT_STATS, Timeline } from "./timeline.js";

const ZOOM = 1.5;
const TELL_MS = 200; // how often the server hears where a playing clip is
const NUDGES = { frame: null, 10: 0.01, 100: 0.1, 1000: 1 };

export class Studio {
  constructor(refs, root, clip, emit) {
    Object.assign(this, { refs, root, clip, state: null, preset: null });
    this.emit = (name, value = {}) => emit(name, { frame: this.player.frame, ...value });
    this.clock = new Clock(clip);
    this.stats = { shown: [], ready_ms: null };
    this.layouts = new Layouts(
      this.clock.last,
      () => {
        this.layouts.want(this.player.frame);
        this.screen.draw();
        this.timeline.drawNumbers();
      },
      () => this.emit("look"),
    );
    this.player = new Player(
      refs.video,
      this.clock,
      (frame, now, shown) => this.onFrame(frame, now, shown),
      () => this.onPlayState(),
    );
    this.screen = new Screen(refs, clip, this.clock, this.layouts, {
      onSelect: (track_id) => this.emit("select", { track_id }),
      onBox: (box) => {
        this.player.pause();
        if (box) this.emit("box", box);
      },
    });
    this.timeline = new Timeline(refs, clip, this.clock, this.player, this.layouts, {
      onDrag: (by_s) => {
        this.layouts.live = true;
        this.emit("drag", { by_s });
      },
      onDropped: (by_s) => {
        if (by_s === null) this.layouts.live = false;
        else this.emit("dropped", { by_s });
      },
    });
    this.listen();
    window.slipstream = this; // a handle for measuring from the browser's console
  }

  async begin() {
    this.observer = new ResizeObserver(() => this.resize());
    for (const element of [this.refs.picture.parentElement, this.refs.timeline, this.refs.chart]) this.observer.observe(element);
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
    if (!this.refs.video.src || this.refs.video.error) this.refs.video.src = "/media/clip";
    if (this.refs.video.readyState >= 2) return;
    await new Promise((resolve) => {
      this.refs.video.addEventListener("loadeddata", resolve, { once: true });
      this.refs.video.addEventListener("error", resolve, { once: true });
    });
  }

  async refetch(what) {
    const { screen, timeline } = this;
    const fetching = {
      lanes: async () => timeline.load(await (await fetch("/data/lanes")).json()),
      tracks: () => screen.boxes.load(),
      sound: () => timeline.spectrogram.load(),
      orders: () => timeline.spectrogram.loadOrders(),
      guides: () => screen.guides.load(this.preset),
      video: () => this.loadVideo(),
    };
    await fetching[what]();
    this.redraw();
  }

  // Takes the settings as they are now.
  settle(state, mode, preset) {
    const before = this.state;
    const differs = (key) => before && JSON.stringify(before[key]) !== JSON.stringify(state[key]);
    this.state = state;
    this.player.later_s = state.later_s;
    this.layouts.settle(state.version);
    this.screen.settle(state, mode);
    const stale = new Set(this.timeline.settle(state) ? ["lanes"] : []);
    if (differs("pieces")) stale.add("orders");
    if (differs("driver")) ["lanes", "sound", "orders"].forEach((what) => stale.add(what));
    if (differs("tracks")) stale.add("tracks");
    if (differs("playable")) stale.add("video");
    if (this.preset !== preset || (preset && differs("version"))) stale.add("guides");
    this.preset = preset;
    stale.forEach((what) => this.refetch(what));
    this.layouts.want(this.player.frame);
    this.redraw();
    if (!before) this.begin();
  }

  onFrame(frame, now, shown) {
    this.layouts.want(frame);
    this.screen.draw(frame);
    this.timeline.follow(frame);
    if (shown) {
      this.stats.shown.push({
        frame,
        tag: this.layouts.get(frame) !== null,
        // How long after the frame's time on the screen all that belongs to it was drawn, ms.
        late_ms: performance.now() - shown.expectedDisplayTime,
        playing: this.player.playing,
      });
      if (this.stats.shown.length > KEPT_STATS) this.stats.shown.splice(0, KEPT_STATS / 2);
    }
    if (!this.toldAt || performance.now() - this.toldAt > TELL_MS || !this.player.playing) {
      this.toldAt = performance.now();
      clearTimeout(this.telling);
      this.telling = setTimeout(this.tell, 60);
    }
  }

  onPlayState() {
    const playing = this.player.playing;
    const button = this.root.querySelector("[data-do=play]");
    button.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.refs.playIcon.textContent = playing ? "pause" : "play_arrow";
    this.root.querySelector("[data-do=loop]").setAttribute("aria-pressed", String(this.player.loop !== null));
    this.timeline.drawStrip();
  }

  redraw() {
    this.screen.draw();
    this.timeline.draw();
  }

  resize() {
    this.screen.fit();
    this.timeline.resize();
    this.redraw();
  }

  // Everything that a key or a button can ask for.
  act(name) {
    const { player, clock, timeline } = this;
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
      in: () => timeline.zoom(1 / ZOOM),
      out: () => timeline.zoom(ZOOM),
    };
    if (own[name]) own[name]();
    else if (/^(later|earlier)-/.test(name)) this.nudge(name);
    else this.emit("command", { name });
  }

  nudge(name) {
    const [way, size] = name.split("-");
    const by_s = (NUDGES[size] ?? this.clock.step * this.clock.rate) * (way === "later" ? 1 : -1);
    this.emit("nudge", { by_s });
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
    this.tell = () => {
      clearTimeout(this.telling);
      this.emit("at");
    };
    // What a button does, it does to the frame on the screen: the server hears of that before it hears of the click.
    document.addEventListener("click", this.tell, true);
    refs.speed.addEventListener("change", () => (refs.video.playbackRate = Number(refs.speed.value)));
    this.onKey = (event) => {
      const does = pressed(event);
      if (!does) return;
      if (isTyping(event.target) && does !== "save") return;
      // A button keeps its space bar; the rest of the page lends it to the player.
      if (does === "play" && event.target.closest?.("button, a, [role=tab], [role=checkbox], [role=switch]")) return;
      if (event.key.startsWith("Arrow") && event.target.closest?.("[role=tab]")) return;
      if (document.querySelector(".q-dialog") && does !== "help") return;
      event.preventDefault();
      this.act(does);
    };
    document.addEventListener("keydown", this.onKey);
    this.letFocusGo = keepFocus();
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("click", this.tell, true);
    this.letFocusGo();
    this.observer?.disconnect();
    this.player.close();
    this.timeline.close();
  }
}
