// The layouts of the frames around the playhead, fetched by chunks as the server makes them.
const CHUNK = 50; // frames; as in layouts.py
const KEPT = 6; // chunks of half a megabyte or more: memory stays flat however long the clip is, and fetching one anew takes milliseconds
const STALE_KEPT = 2; // of the settings before, shown until the new ones are there
const ASK_AGAIN_MS = 250;

export class Layouts {
  constructor(last, onNews, onLook) {
    Object.assign(this, { last, onNews, onLook });
    this.version = -1;
    this.chunks = new Map();
    this.stale = new Map();
    this.nearby = new Map();
    this.fetching = new Set();
    this.absent = new Set();
    this.looked = 0;
    this.live = false; // while the offset is dragged, what is in sight is newer than what is exact
  }

  settle(version) {
    if (version === this.version) return;
    this.version = version;
    this.live = false;
    if (this.chunks.size) this.stale = this.chunks;
    this.chunks = new Map();
    this.absent.clear();
  }

  // The layout of a frame: exact, or about right, or of the settings before; null where nothing is known.
  get(frame) {
    const number = Math.floor(frame / CHUNK);
    const near = this.nearby.get(frame);
    if (this.live && near) return near;
    return this.exact(frame) ?? near ?? this.stale.get(number)?.[frame % CHUNK] ?? null;
  }

  exact(frame) {
    return this.chunks.get(Math.floor(frame / CHUNK))?.[frame % CHUNK] ?? null;
  }

  // Makes sure that the frames at and after one come.
  want(frame) {
    for (const number of [Math.floor(frame / CHUNK), Math.floor((frame + CHUNK / 2) / CHUNK)]) {
      if (number * CHUNK <= this.last) this.fetch(number);
    }
    if (this.exact(frame) || this.nearby.has(frame)) return;
    const now = performance.now();
    if (now - this.looked > ASK_AGAIN_MS) {
      this.looked = now;
      this.onLook(frame);
    }
  }

  near(news) {
    if (news.version !== this.version) return;
    this.nearby = new Map(Object.entries(news.layouts).map(([frame, layout]) => [Number(frame), layout]));
    this.onNews();
  }

  ready(news) {
    if (news.version !== this.version) return;
    this.absent.delete(news.chunk);
    this.onNews();
  }

  async fetch(number) {
    const key = `${this.version}/${number}`;
    if (this.version < 0 || this.chunks.has(number) || this.fetching.has(key) || this.absent.has(number)) return;
    const version = this.version;
    this.fetching.add(key);
    try {
      const answer = await fetch(`/data/layouts/${key}`);
      if (version !== this.version) return;
      if (answer.status !== 200) {
        this.later(number);
        return;
      }
      this.chunks.set(number, (await answer.json()).layouts);
      this.stale.delete(number);
      this.forget(number);
      this.onNews();
    } catch {
      this.later(number); // the server is gone; NiceGUI says so
    } finally {
      this.fetching.delete(key);
    }
  }

  // News of a chunk may be lost on the way, so that it is asked for again in any case.
  later(number) {
    this.absent.add(number);
    setTimeout(() => {
      if (this.absent.delete(number)) this.onNews();
    }, ASK_AGAIN_MS * 2);
  }

  forget(here) {
    for (const [kept, most] of [[this.chunks, KEPT], [this.stale, STALE_KEPT]]) {
      const far = [...kept.keys()].sort((a, b) => Math.abs(b - here) - Math.abs(a - here));
      for (const number of far.slice(0, Math.max(kept.size - most, 0))) kept.delete(number);
    }
  }
}
