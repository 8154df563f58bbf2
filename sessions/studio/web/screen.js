// The picture and what lies over it: the tag, a platform's guides, the followed cars, and words that say what is amiss.
import { Boxes } from "./boxes.js";
import { fitted } from "./canvas.js";
import { Guides } from "./guides.js";
import { draw } from "./tag.js";

export class Screen {
  constructor(refs, clip, clock, layouts, { onSelect, onBox }) {
    Object.assign(this, { refs, clip, clock, layouts, frame: 0, state: null, mode: "watch", drawn: null });
    this.guides = new Guides(refs.guides, clip);
    this.boxes = new Boxes(
      refs.boxes,
      clip,
      (track_id) => {
        onSelect(track_id);
        this.drawBoxes();
      },
      (box) => {
        onBox(box);
        this.drawBoxes();
      },
    );
  }

  // Takes the settings as they are now.
  settle(state, mode) {
    Object.assign(this, { state, mode });
    const { note, badge } = this.refs;
    note.textContent = state.note ?? "";
    note.classList.toggle("is-shown", Boolean(state.note));
    badge.textContent = state.slot ?? "";
    badge.classList.toggle("is-shown", Boolean(state.slot));
  }

  draw(frame = this.frame) {
    this.frame = frame;
    const layout = this.state?.placed ? this.layouts.get(frame) : null;
    const context = fitted(this.refs.tag);
    this.drawn = { frame, layout, exact: this.layouts.exact(frame) !== null && Boolean(this.state?.seen) };
    draw(context, layout);
    this.guides.draw(frame);
    this.drawBoxes();
  }

  drawBoxes() {
    const at = this.clock.times[this.frame];
    const tags = this.layouts.get(this.frame)?.tags ?? [];
    const keys = (this.state?.boxes ?? []).filter((key) => Math.abs(key.video_time_s - at) < this.clock.step / 2);
    this.boxes.show(this.frame, this.mode === "track", new Map(tags.map((tag) => [tag.track_id, tag.driver])), keys);
  }

  // Makes the picture as large as its room, in its own shape.
  fit() {
    const room = this.refs.picture.parentElement;
    const { aspect } = this.clip;
    const width = Math.min(room.clientWidth, room.clientHeight * aspect);
    Object.assign(this.refs.picture.style, { width: `${width}px`, height: `${width / aspect}px` });
  }
}
