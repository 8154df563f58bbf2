// The followed cars as boxes over the picture: choose one, drag it, or drag a corner.
const CORNERS = ["nw", "ne", "sw", "se"];
const LEAST_PX = 6; // of the clip; a smaller box is a slip of the hand

export class Boxes {
  constructor(layer, clip, onSelect, onBox) {
    Object.assign(this, { layer, clip, onSelect, onBox });
    this.rows = new Map(); // frame → [{id, box}]
    this.selected = null;
    this.drag = null;
    this.elements = new Map();
    layer.addEventListener("pointerdown", (event) => this.grab(event));
    layer.addEventListener("pointermove", (event) => this.move(event));
    layer.addEventListener("pointerup", () => this.drop());
    layer.addEventListener("pointercancel", () => this.drop(false));
  }

  async load() {
    const tracks = await (await fetch("/data/tracks")).json();
    this.rows = new Map();
    for (const { id, frames, boxes } of tracks) {
      frames.forEach((frame, at) => {
        if (!this.rows.has(frame)) this.rows.set(frame, []);
        this.rows.get(frame).push({ id, box: boxes[at] });
      });
    }
  }

  show(frame, visible, names, keys) {
    this.frame = frame;
    const rows = visible ? (this.rows.get(frame) ?? []) : [];
    const seen = new Set();
    for (const row of rows) {
      seen.add(row.id);
      const box = this.drag?.id === row.id ? this.drag.box : row.box;
      const element = this.elements.get(row.id) ?? this.make(row.id);
      const [x1, y1, x2, y2] = box;
      Object.assign(element.style, {
        left: `${(x1 / this.clip.width) * 100}%`,
        top: `${(y1 / this.clip.height) * 100}%`,
        width: `${((x2 - x1) / this.clip.width) * 100}%`,
        height: `${((y2 - y1) / this.clip.height) * 100}%`,
      });
      const name = names.get(row.id);
      element.querySelector("span").textContent = name ? `${name} · car ${row.id}` : `car ${row.id}`;
      element.setAttribute("aria-label", `${name ?? "Unnamed"}, car ${row.id}`);
      element.setAttribute("aria-pressed", String(row.id === this.selected));
      element.classList.toggle("box--unnamed", !name);
      element.classList.toggle("box--key", keys.some((key) => key.track_id === row.id));
    }
    for (const [id, element] of this.elements) {
      if (!seen.has(id)) {
        element.remove();
        this.elements.delete(id);
      }
    }
  }

  make(id) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "box";
    element.dataset.track = id;
    element.innerHTML = `<span></span>${CORNERS.map((corner) => `<i data-corner="${corner}"></i>`).join("")}`;
    element.addEventListener("focus", () => this.select(id));
    this.elements.set(id, element);
    this.layer.append(element);
    return element;
  }

  select(id) {
    if (this.selected === id) return;
    this.selected = id;
    this.onSelect(id);
  }

  grab(event) {
    const element = event.target.closest(".box");
    if (!element) return;
    const id = Number(element.dataset.track);
    const row = this.rows.get(this.frame)?.find((one) => one.id === id);
    if (!row) return;
    event.preventDefault();
    this.select(id);
    this.layer.setPointerCapture(event.pointerId);
    this.drag = { id, from: row.box, box: [...row.box], corner: event.target.dataset.corner, x: event.clientX, y: event.clientY };
  }

  move(event) {
    if (!this.drag) return;
    const dx = ((event.clientX - this.drag.x) * this.clip.width) / this.layer.clientWidth;
    const dy = ((event.clientY - this.drag.y) * this.clip.height) / this.layer.clientHeight;
    const [x1, y1, x2, y2] = this.drag.from;
    const corner = this.drag.corner ?? "nwse";
    const box = [
      corner.includes("w") ? x1 + dx : x1,
      corner.includes("n") ? y1 + dy : y1,
      corner.includes("e") ? x2 + dx : x2,
      corner.includes("s") ? y2 + dy : y2,
    ];
    if (box[2] - box[0] >= LEAST_PX && box[3] - box[1] >= LEAST_PX) this.drag.box = box;
    this.onBox(null);
  }

  drop(keep = true) {
    const drag = this.drag;
    this.drag = null;
    if (drag && keep && drag.box.some((edge, at) => edge !== drag.from[at])) {
      const row = this.rows.get(this.frame)?.find((one) => one.id === drag.id);
      if (row) row.box = drag.box;
      this.onBox({ frame: this.frame, track_id: drag.id, xyxy: drag.box.map((edge) => Math.round(edge * 10) / 10) });
    }
  }
}
