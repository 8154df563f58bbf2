// The clip's frames and where they lie on the race session: the same two converters as in Python.
export class Clock {
  constructor(clip) {
    this.times = clip.times_s;
    this.end = clip.end_s;
    this.pieces = [];
    this.shift = 0; // session seconds by which the offset is being dragged
  }

  get start() {
    return this.times[0];
  }

  get length() {
    return this.end - this.start;
  }

  get last() {
    return this.times.length - 1;
  }

  get step() {
    return this.last > 0 ? (this.times[this.last] - this.times[0]) / this.last : 0.04;
  }

  // The frame shown at a video time.
  frame(video_s) {
    return Math.max(0, upper(this.times, video_s + 1e-4) - 1);
  }

  // A time at which a player certainly shows a frame: well inside it.
  inside(frame) {
    const next = frame < this.last ? this.times[frame + 1] : this.end;
    return this.times[frame] + (next - this.times[frame]) / 2;
  }

  place(pieces) {
    this.pieces = pieces.map(([start, end, offset, rate]) => ({
      start: start ?? -Infinity,
      end: end ?? Infinity,
      offset,
      rate,
    }));
  }

  get rate() {
    return this.pieces.length ? this.pieces[0].rate : 1;
  }

  session(video_s) {
    const piece = this.pieces.find((one) => one.start <= video_s && video_s < one.end);
    return piece ? piece.offset + video_s * piece.rate + this.shift : null;
  }

  // Where a session time lies in the clip as placed, not as dragged; beyond the clip's ends as its first and last piece say.
  video(session_s) {
    const count = this.pieces.length;
    for (let number = 0; number < count; number++) {
      const piece = this.pieces[number];
      const video_s = (session_s - piece.offset) / piece.rate;
      const start = number === 0 ? -Infinity : piece.start;
      const end = number === count - 1 ? Infinity : piece.end;
      if (start <= video_s && video_s < end) return video_s;
    }
    return null;
  }

  // Video seconds by which the telemetry is dragged to the left.
  get shifted() {
    return this.shift / this.rate;
  }
}

// The number of values in a rising array that are not above one.
export function upper(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
