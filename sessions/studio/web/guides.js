// What a platform crops away and what it covers, over the picture.
import { fitted } from "./canvas.js";
import { GOOD, INK } from "./palette.js";

export class Guides {
  constructor(canvas, clip) {
    Object.assign(this, { canvas, clip, name: null, data: null });
  }

  async load(name) {
    this.name = name;
    this.data = null;
    if (!name) return;
    const data = await (await fetch(`/data/guides/${encodeURIComponent(name)}`)).json();
    if (this.name === name) this.data = data;
  }

  draw(frame) {
    const context = fitted(this.canvas);
    const scale = this.canvas.clientHeight / this.clip.height; // of square pixels, as posts have them
    context.clearRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    const box = this.data?.boxes?.[frame];
    if (!box) return;
    const [x1, y1, x2, y2, sx1, sy1, sx2, sy2] = box.map((edge) => edge * scale);
    context.fillStyle = "#05070bbb";
    context.beginPath();
    context.rect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    context.rect(x1, y1, x2 - x1, y2 - y1);
    context.fill("evenodd");
    context.strokeStyle = INK;
    context.lineWidth = 1.5;
    context.strokeRect(x1, y1, x2 - x1, y2 - y1);
    context.setLineDash([6, 4]);
    context.strokeStyle = GOOD;
    context.strokeRect(sx1, sy1, sx2 - sx1, sy2 - sy1);
    context.setLineDash([]);
    context.font = "12px 'BarlowCondensed-SemiBold', sans-serif";
    context.fillStyle = GOOD;
    context.fillText("free of buttons", Math.max(sx1, 4) + 6, Math.max(sy1, 0) + 16);
  }
}
