// The clip's sound, and the telemetry's engine orders over it: when they run along its bright lines, the offset is right.
import { fitted } from "./canvas.js";
import { DIM, heat, INK } from "./palette.js";

const LINE = "#5cf2ff";

export class Spectrogram {
  constructor(canvas, hasSound) {
    this.canvas = canvas;
    this.facts = null;
    this.picture = null;
    this.orders = [];
    this.note = hasSound ? "Listening…" : "The clip has no sound";
  }

  async load() {
    if (this.picture) return; // the sound stays what it is
    const answer = await fetch("/data/sound");
    if (answer.status !== 200) {
      this.note = this.note.replace("Listening…", "Heard once the driver is known");
      return;
    }
    this.facts = JSON.parse(answer.headers.get("X-Facts"));
    this.paint(new Uint8Array(await answer.arrayBuffer()), this.facts);
  }

  // The engine orders that are loud where the clip lies now.
  async loadOrders() {
    this.orders = await (await fetch("/data/orders")).json();
  }

  paint(levels, { columns, rows }) {
    const table = heat();
    const picture = document.createElement("canvas");
    picture.width = columns;
    picture.height = rows;
    const context = picture.getContext("2d");
    const image = context.createImageData(columns, rows);
    for (let column = 0; column < columns; column++) {
      for (let row = 0; row < rows; row++) {
        const level = levels[column * rows + row];
        const at = ((rows - 1 - row) * columns + column) * 4;
        image.data[at] = table[level * 3];
        image.data[at + 1] = table[level * 3 + 1];
        image.data[at + 2] = table[level * 3 + 2];
        image.data[at + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
    this.picture = picture;
  }

  draw(view, clock, own) {
    const context = fitted(this.canvas);
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    context.clearRect(0, 0, width, height);
    const x = (video_s) => ((video_s - view.start) / (view.end - view.start)) * width;
    if (!this.picture) {
      context.fillStyle = DIM;
      context.font = "12px 'BarlowCondensed-Medium', sans-serif";
      context.fillText(this.note, 10, height / 2 + 4);
      return;
    }
    const { start_s, step_s, columns, top_hz } = this.facts;
    context.imageSmoothingEnabled = true;
    const left = start_s - step_s / 2;
    context.drawImage(this.picture, x(left), 0, x(left + columns * step_s) - x(left), height);
    if (own) this.lines(context, x, height, top_hz, clock, own);
  }

  lines(context, x, height, top_hz, clock, own) {
    const shifted = clock.shifted;
    const width = this.canvas.clientWidth;
    context.lineJoin = "round";
    for (const order of this.orders) {
      context.beginPath();
      let drawing = false;
      for (let at = 0; at < own.video_s.length; at++) {
        const video_s = own.video_s[at];
        const px = video_s === null ? NaN : x(video_s - shifted);
        const y = height * (1 - ((own.rpm[at] / 60) * order * clock.rate) / top_hz);
        const broken = Number.isNaN(px) || own.rpm[at] < 3000 || (at > 0 && own.gear[at] !== own.gear[at - 1]);
        if (px < -50 || px > width + 50) {
          drawing = false;
          continue;
        }
        if (broken) drawing = false;
        if (Number.isNaN(px)) continue;
        if (drawing) context.lineTo(px, y);
        else context.moveTo(px, y);
        drawing = true;
      }
      context.strokeStyle = "#0009";
      context.lineWidth = 3.5;
      context.stroke();
      context.strokeStyle = LINE;
      context.lineWidth = 1.5;
      context.stroke();
    }
    context.fillStyle = INK;
  }
}
