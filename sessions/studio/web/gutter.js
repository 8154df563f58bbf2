// The numbers beside the lanes: what stands at the playhead.
export class Gutter {
  constructor(element, lanes, sound, chart) {
    Object.assign(this, { element, lanes, sound, chart, cells: null });
  }

  // The lanes lie elsewhere now.
  forget() {
    this.cells = null;
  }

  // The speeds are those that the render says of the frame, by driver, where they are known.
  draw(values, own, speeds) {
    if (!this.cells) this.lay();
    const say = (name, text) => {
      const element = this.cells[name];
      if (element && element.textContent !== text) element.textContent = text;
    };
    const number = (value, digits = 0) => (value === null || value === undefined ? "–" : value.toFixed(digits));
    say("speed", speeds ? (speeds[own] ?? "–") : number(values?.speed));
    if (!values) say("other", "–");
    else say("other", values.other ? `${values.other} ${speeds?.[values.other] ?? number(values.other_speed)}` : "nobody near");
    say("gap", values?.gap === null || values?.gap === undefined ? "–" : `${values.gap.toFixed(2)} s`);
    say("rpm", number(values?.rpm));
    say("gear", values?.gear ? `· ${values.gear}` : "");
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
      part(rows.speed, "Speed", `<span class="own" data-is="speed"></span><span class="other" data-is="other"></span>`) +
      part(rows.gap, "Gap", `<span class="other" data-is="gap"></span>`) +
      part(rows.engine, "RPM · gear", `<div><span class="rpm" data-is="rpm"></span> <span data-is="gear"></span></div>`) +
      part(rows.pedals, "Pedals", `<span class="pedals" data-is="pedals"></span>`);
    this.cells = Object.fromEntries([...this.element.querySelectorAll("[data-is]")].map((one) => [one.dataset.is, one]));
  }
}
