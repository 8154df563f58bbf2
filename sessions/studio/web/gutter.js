// The numbers beside the lanes: what stands at the playhead.
export class Gutter {
  constructor(element, lanes, sound, chart) {
    Object.assign(this, { element, lanes, sound, chart, cells: null });
  }

  // The lanes lie elsewhere now.
  forget() {
    this.cells = null;
  }

  // The numbers are those that the render says of the frame, by what they are of and by driver; null where no layout is known.
  draw(values, own, numbers) {
    if (!this.cells) this.lay();
    const say = (name, text) => {
      const element = this.cells[name];
      if (element && element.textContent !== text) element.textContent = text;
    };
    const number = (value, digits = 0) => (value === null || value === undefined ? "–" : value.toFixed(digits));
    const told = (name, between) => (numbers ? (numbers[name][own] ?? "–") : between);
    const other = values?.other;
    const gap = numbers?.gap[other] ?? number(values?.gap, 1);
    say("speed", told("speed", number(values?.speed)));
    if (!values) say("other", "–");
    else say("other", other ? `${other} ${numbers?.speed[other] ?? number(values.other_speed)}` : "nobody near");
    say("gap", gap === "–" ? gap : `${gap} s`);
    say("rpm", told("rpm", number(values?.rpm)));
    const gear = told("gear", values?.gear || "–");
    say("gear", gear === "–" ? "" : `· ${gear}`);
    say("pedals", values ? (values.brake ? "brake" : `${number(values.throttle)} %`) : "–");
  }

  lay() {
    const top = this.chart.offsetTop;
    const rows = Object.fromEntries(this.lanes.rows().map((row) => [row.name, row]));
    const part = (row, title, cells) =>
      `<div class="lane-name" style="top:${row.top + top}px;height:${row.height}px"><b>${title}</b>${cells}</div>`;
    this.element.innerHTML =
      `<div class="lane-name" style="top:${this.sound.offsetTop}px;height:${this.sound.clientHeight}px">
        <b>Sound</b><span class="order-key">engine orders</span></div>` +
      part(rows.speed, rows.speed.title, `<span class="own" data-is="speed"></span><span class="other" data-is="other"></span>`) +
      part(rows.gap, "Gap", `<span class="other" data-is="gap"></span>`) +
      part(rows.engine, "RPM · gear", `<div><span class="rpm" data-is="rpm"></span> <span data-is="gear"></span></div>`) +
      part(rows.pedals, "Pedals", `<span class="pedals" data-is="pedals"></span>`);
    this.cells = Object.fromEntries([...this.element.querySelectorAll("[data-is]")].map((one) => [one.dataset.is, one]));
  }
}
