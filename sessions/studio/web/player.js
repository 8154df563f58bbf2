// The video element under frame-exact control; tells which frame is on the screen, as the browser presents it.
export const LOOP_S = 2;

export class Player {
  constructor(video, clock, onFrame, onState) {
    Object.assign(this, { video, clock, onFrame, onState });
    this.frame = 0;
    this.later_s = 0; // by how much the clip's times are later than those of the file that the browser plays
    this.loop = null; // [first, last] video times
    this.wanted = null; // the frame asked for while the browser is still on its way to another
    this.held = null; // the frame asked for, until the clip plays
    video.addEventListener("play", () => {
      this.held = null;
      onState();
    });
    video.addEventListener("pause", () => onState());
    video.addEventListener("seeked", () => this.arrived());
    video.addEventListener("ended", () => {
      if (this.loop) this.seek(this.clock.frame(this.loop[0]), true);
    });
    this.tick = (now, shown) => {
      this.presented(now, shown);
      this.request = video.requestVideoFrameCallback(this.tick);
    };
    this.request = video.requestVideoFrameCallback(this.tick);
  }

  get playing() {
    return !this.video.paused && !this.video.ended;
  }

  presented(now, shown) {
    const frame = this.clock.frame(shown.mediaTime + this.later_s + this.clock.step / 4);
    // What the browser shows on the way to another frame is of no interest, nor what it tells of late once it is there.
    const asked = this.wanted ?? this.held;
    if (asked === null || asked === frame) this.show(frame, now, shown);
  }

  show(frame, now, shown) {
    if (this.loop && this.playing && this.clock.times[frame] > this.loop[1]) {
      this.seek(this.clock.frame(this.loop[0]));
      return;
    }
    this.frame = frame;
    this.onFrame(frame, now, shown);
  }

  toggle() {
    if (this.playing) this.video.pause();
    else {
      if (this.frame >= this.clock.last) this.seek(0);
      this.video.play().catch(() => {}); // the browser refuses while there is nothing to play; the page says so already
    }
  }

  pause() {
    this.video.pause();
  }

  step(count) {
    this.pause();
    this.seek((this.wanted ?? this.frame) + count);
  }

  seek(frame, play = false) {
    this.wanted = this.held = Math.min(Math.max(frame, 0), this.clock.last);
    if (play) this.video.play().catch(() => {});
    // The rest of the page goes ahead at once; the picture follows when it is decoded.
    this.frame = this.wanted;
    this.onFrame(this.wanted, null, null);
    if (!this.video.seeking) this.go();
  }

  go() {
    this.heading = this.wanted;
    this.video.currentTime = this.clock.inside(this.wanted) - this.later_s;
  }

  arrived() {
    if (this.wanted === null) return;
    if (this.wanted !== this.heading) this.go();
    else {
      this.wanted = null;
      if (this.playing) this.held = null;
    }
  }

  toggleLoop() {
    const here = this.clock.times[this.frame];
    this.loop = this.loop ? null : [Math.max(here - LOOP_S, this.clock.start), Math.min(here + LOOP_S, this.clock.end)];
    this.onState();
  }

  close() {
    this.video.cancelVideoFrameCallback(this.request);
    this.video.removeAttribute("src");
    this.video.load();
  }
}
