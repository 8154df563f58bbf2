// The whole clip at a glance: time, laps, moments, stretches without a tag, anchors, the loop, and what the lanes show.
import { fitted } from "./canvas.js";
import { BAD, DIM, FAINT, GOOD, INK, OTHER, OWN } from "./palette.js";

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300];
const TICK_PX = 64;
export const GUTTER_PX = 84; // as in studio.css

export class Strip {
  constructor(canvas, clock, onSeek) {
    Object.assign(this, { canvas, clock, onSeek });
    const seek = (event) => onSeek(this.video(event.offsetX));
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      seek(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) seek(event);
    });
  }

  x(video_s) {
    return GUTTER_PX + ((video_s - this.clock.start) / this.clock.length) * (this.canvas.clientWidth - GUTTER_PX);
  }

  video(x) {
    const share = (x - GUTTER_PX) / (this.canvas.clientWidth - GUTTER_PX);
    return this.clock.start + Math.min(Math.max(share, 0), 1) * this.clock.length;
  }

  draw(state, view, player, laps) {
    const context = fitted(this.canvas);
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    context.clearRect(0, 0, width, height);
    context.fillStyle = "#0d1117";
    context.fillRect(GUTTER_PX, 0, width, height);
    this.labels(context, height);
    this.ticks(context, width, height);
    this.laps(context, laps, height);
    for (const moment of state.moments) this.moment(context, moment, height);
    for (const [from_s, to_s] of state.hidden) this.hatched(context, from_s, to_s, height);
    for (const [from_s, to_s] of state.choice) this.band(context, from_s, to_s, height - 4, 4, GOOD, 1);
    if (player.loop) this.band(context, ...player.loop, 0, 4, OWN, 1);
    for (const anchor of state.anchors) this.pin(context, anchor, height);
    if (view.end - view.start < this.clock.length * 0.995) {
      context.strokeStyle = INK;
      context.globalAlpha = 0.55;
      context.strokeRect(this.x(view.start) + 0.5, 0.5, this.x(view.end) - this.x(view.start) - 1, height - 1);
      context.globalAlpha = 1;
    }
    const now = this.x(this.clock.times[player.frame]);
    context.fillStyle = INK;
    context.fillRect(now - 1, 0, 2, height);
    context.beginPath();
    context.moveTo(now - 5, 0);
    context.lineTo(now + 5, 0);
    context.lineTo(now, 7);
    context.fill();
  }

  labels(context, height) {
    context.fillStyle = DIM;
    context.font = "12px 'BarlowCondensed-Medium', sans-serif";
    context.textBaseline = "middle";
    context.fillText("Clip", 10, height / 2);
  }

  ticks(context, width, height) {
    const perSecond = (width - GUTTER_PX) / this.clock.length;
    const step = STEPS_S.find((one) => one * perSecond >= TICK_PX) ?? 600;
    context.font = "11px 'BarlowCondensed-Medium', sans-serif";
    context.textBaseline = "top";
    for (let at = Math.ceil(this.clock.start / step) * step; at <= this.clock.end; at += step) {
      const x = Math.round(this.x(at));
      context.fillStyle = FAINT;
      context.fillRect(x, 0, 1, height);
      context.fillStyle = DIM;
      if (x < width - 30) context.fillText(time(at, step), x + 4, 2);
    }
  }

  laps(context, laps, height) {
    context.font = "11px 'BarlowCondensed-SemiBold', sans-serif";
    context.textBaseline = "middle";
    for (const lap of laps) {
      const start = this.clock.video(lap.start_s);
      if (start === null) continue;
      const at = start - this.clock.shifted;
      const end = lap.end_s === null ? Infinity : (this.clock.video(lap.end_s) ?? Infinity) - this.clock.shifted;
      if (at > this.clock.end || end < this.clock.start) continue;
      const left = this.x(Math.max(at, this.clock.start));
      context.fillStyle = INK;
      if (at >= this.clock.start) context.fillRect(left, height - 15, 1.5, 15);
      context.fillStyle = at >= this.clock.start ? INK : DIM;
      context.fillText(`LAP ${lap.number}`, left + 5, height - 8);
    }
  }

  moment(context, moment, height) {
    const ends = [moment.start_s, moment.end_s].map((at_s) => this.clock.video(at_s));
    if (ends.includes(null)) return;
    const [from_s, to_s] = ends.map((at_s) => at_s - this.clock.shifted);
    this.band(context, from_s, to_s, height - 27, 11, OTHER, 0.8, moment.title);
  }

  band(context, from_s, to_s, top, height, colour, opacity, words = "") {
    const left = this.x(Math.max(from_s, this.clock.start));
    const right = this.x(Math.min(to_s, this.clock.end));
    if (right <= left) return;
    context.globalAlpha = opacity;
    context.fillStyle = colour;
    context.fillRect(left, top, right - left, height);
    context.globalAlpha = 1;
    if (words && right - left > 40) {
      context.save();
      context.beginPath();
      context.rect(left, top, right - left, height);
      context.clip();
      context.fillStyle = "#15100a";
      context.font = "10px 'BarlowCondensed-SemiBold', sans-serif";
      context.textBaseline = "middle";
      context.fillText(words, left + 4, top + height / 2 + 0.5);
      context.restore();
    }
  }

  hatched(context, from_s, to_s, height) {
    const left = this.x(Math.max(from_s, this.clock.start));
    const right = this.x(Math.min(to_s, this.clock.end));
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, height);
    context.clip();
    context.fillStyle = "#ff5d5d22";
    context.fillRect(left, 0, right - left, height);
    context.strokeStyle = BAD;
    context.globalAlpha = 0.6;
    context.beginPath();
    for (let x = left - height; x < right; x += 7) {
      context.moveTo(x, height);
      context.lineTo(x + height, 0);
    }
    context.stroke();
    context.restore();
  }

  pin(context, anchor, height) {
    const x = this.x(anchor.video_time_s);
    context.fillStyle = GOOD;
    context.beginPath();
    context.moveTo(x, height);
    context.lineTo(x - 5, height - 8);
    context.lineTo(x, height - 14);
    context.lineTo(x + 5, height - 8);
    context.fill();
  }
}

export function time(video_s, step_s) {
  const minutes = Math.floor(video_s / 60);
  const digits = step_s < 1 ? 1 : 0;
  const seconds = (video_s - minutes * 60).toFixed(digits);
  return `${minutes}:${seconds.padStart(digits ? 4 : 2, "0")}`;
}
