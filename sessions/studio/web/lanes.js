// Speed, gap, RPM, gear and pedals by ECharts, laid out in video time. A plot takes tens of milliseconds, which is too slow to drag
// with; it is therefore three times as wide as what is seen of it, and dragging the offset slides it along.
import { echarts } from "nicegui-echart";
import { fitted } from "./canvas.js";
import { DIM, FAINT, GOOD, BAD, HUD, INK, OTHER, OWN, RPM } from "./palette.js";
import { upper } from "./clock.js";

export const LANES = [
  { name: "speed", weight: 1.3, min: 0, ticks: 100, label: (value) => `${value}` },
  { name: "gap", title: "Gap", weight: 0.9, min: 0, max: 3, ticks: 1, label: (value) => `${value} s` },
  { name: "engine", title: "RPM · gear", weight: 1.0, min: 4000, max: 13000, ticks: 3000, label: (value) => `${value / 1000}k` },
  { name: "pedals", title: "Pedals", weight: 0.8, min: 0, max: 100, ticks: 100, label: () => "" },
];
const SPEED = {
  kmh: { title: "Speed, km/h", scale: 1, max: 350 },
  mph: { title: "Speed, mph", scale: 0.621371, max: 220 },
};
const GAP_PX = 7;
const FONT = "BarlowCondensed-Medium, sans-serif";
const HOLE_S = 2; // as in telemetry/series.py: nothing is known further behind a sample, nor across a longer gap
const FAR = 0.95; // of the view: a plot that was slid further is laid out anew

export class Lanes {
  constructor(element, dots, clock) {
    Object.assign(this, { element, dots, clock, data: null, readings: [], laid: null, speed: SPEED.kmh });
    this.chart = echarts.init(element, null, { renderer: "canvas" });
    this.chart.setOption(this.frame());
  }

  // Where each lane lies, px from the top of the chart.
  rows() {
    const height = this.element.clientHeight;
    const total = LANES.reduce((sum, lane) => sum + lane.weight, 0);
    const free = height - GAP_PX * LANES.length;
    let top = GAP_PX;
    return LANES.map((lane) => {
      const row = { ...lane, ...(lane.name === "speed" && this.speed), top, height: Math.max((free * lane.weight) / total, 8) };
      top += row.height + GAP_PX;
      return row;
    });
  }

  frame() {
    const rows = this.rows();
    const xAxis = { type: "value", show: true, min: 0, max: 1, axisLabel: { show: false }, axisTick: { show: false } };
    const quiet = { axisLine: { show: false }, splitLine: { show: false } };
    return {
      animation: false,
      textStyle: { fontFamily: FONT },
      grid: rows.map((row) => ({
        left: 0,
        right: 0,
        top: row.top,
        height: row.height,
        show: true,
        backgroundColor: "#0d1117",
        borderColor: FAINT,
      })),
      xAxis: rows.map((_, index) => ({ ...xAxis, ...quiet, gridIndex: index })),
      yAxis: [
        ...rows.map((row, index) => ({
          type: "value",
          gridIndex: index,
          min: row.min,
          max: row.max,
          interval: row.ticks,
          axisLabel: { show: false },
          axisLine: { show: false },
          axisTick: { show: false },
          splitLine: { lineStyle: { color: "#1b212c" } },
        })),
        { type: "value", gridIndex: 2, min: 0, max: 9, show: false },
      ],
      series: [
        line("laps", 0, [], "transparent"),
        line("own speed", 0, [], OWN, { lineStyle: { width: 1.8, color: OWN } }),
        line("other speed", 0, [], OTHER, { lineStyle: { width: 1.6, color: OTHER } }),
        line("gap", 1, [], OTHER, { lineStyle: { width: 1.8, color: OTHER }, areaStyle: { color: OTHER, opacity: 0.08 } }),
        line("rpm", 2, [], RPM, { lineStyle: { width: 1.5, color: RPM } }),
        line("gear", 2, [], INK, { yAxisIndex: 4, step: "end", lineStyle: { width: 1.2, color: INK, opacity: 0.75 } }),
        line("throttle", 3, [], GOOD, { lineStyle: { width: 1.2, color: GOOD }, areaStyle: { color: GOOD, opacity: 0.22 } }),
        line("brake", 3, [], BAD, { step: "end", lineStyle: { width: 0 }, areaStyle: { color: BAD, opacity: 0.55 } }),
      ],
    };
  }

  // Takes the units of speeds; returns whether they are others.
  speak(units) {
    if (this.speed === SPEED[units]) return false;
    this.speed = SPEED[units];
    this.chart.setOption(this.frame());
    this.place();
    return true;
  }

  // Takes the samples, on the race session's clock; returns those of the own car with their video times.
  load(data) {
    this.data = data;
    return this.place();
  }

  place() {
    if (!this.data?.own) return null;
    const { own, other, laps } = this.data;
    own.video_s = own.time_s.map((at_s) => this.clock.video(at_s));
    other.video_s = other.time_s.map((at_s) => this.clock.video(at_s));
    const pairs = (source, key, scale = 1) =>
      source.video_s.map((at_s, index) => [at_s, at_s === null ? null : scaled(source[key][index], scale)]);
    const brakes = own.video_s.map((at_s, index) => [at_s, own.brake[index] ? 100 : null]);
    const marks = laps
      .map((lap) => ({ xAxis: this.clock.video(lap.start_s), name: `lap ${lap.number}` }))
      .filter((mark) => mark.xAxis !== null);
    this.chart.setOption({
      series: [
        {
          name: "laps",
          markLine: {
            silent: true,
            symbol: "none",
            data: marks,
            lineStyle: { color: INK, opacity: 0.5, type: "dashed", width: 1 },
            label: { formatter: "{b}", position: "insideStartTop", rotate: 0, color: DIM, fontSize: 11, fontFamily: FONT },
          },
        },
        { name: "own speed", data: pairs(own, "speed_kmh", this.speed.scale) },
        { name: "other speed", data: pairs(other, "speed_kmh", this.speed.scale) },
        { name: "gap", data: other.video_s.map((at_s, index) => [at_s, clipped(other.gap_s[index], 3)]) },
        { name: "rpm", data: pairs(own, "rpm") },
        { name: "gear", data: pairs(own, "gear") },
        { name: "throttle", data: pairs(own, "throttle") },
        { name: "brake", data: brakes },
      ],
    });
    return own;
  }

  draw(view) {
    const span = view.end - view.start;
    const shifted = this.clock.shifted;
    const laid = this.laid;
    if (!laid || laid.start !== view.start || laid.end !== view.end || Math.abs(shifted - laid.shifted) > FAR * span) {
      this.laid = { ...view, shifted };
      const seen = { min: view.start - span + shifted, max: view.end + span + shifted };
      this.chart.setOption({ xAxis: LANES.map(() => seen) }, { silent: true });
      this.drawFixed(view);
    }
    const px = ((this.laid.shifted - shifted) / span) * this.dots.clientWidth;
    this.element.style.transform = px ? `translateX(${px}px)` : "";
  }

  // What does not move with the telemetry: the scales, and what was read in the picture.
  drawFixed(view) {
    const context = fitted(this.dots);
    const width = this.dots.clientWidth;
    context.clearRect(0, 0, width, this.dots.clientHeight);
    context.font = `10px ${FONT}`;
    context.fillStyle = DIM;
    context.strokeStyle = "#0d1117";
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.textBaseline = "middle";
    const rows = this.rows();
    const y = (row, value) => row.top + row.height * (1 - (value - row.min) / (row.max - row.min));
    for (const row of rows) {
      for (let value = row.min + row.ticks; value < row.max; value += row.ticks) {
        context.strokeText(row.label(value), 4, y(row, value)); // lines run underneath
        context.fillText(row.label(value), 4, y(row, value));
      }
    }
    context.fillStyle = HUD;
    for (const [at_s, kmh] of this.readings) {
      const x = ((at_s - view.start) / (view.end - view.start)) * width;
      if (x < 0 || x > width) continue;
      context.beginPath();
      context.arc(x, y(rows[0], kmh * this.speed.scale), 2, 0, 7);
      context.fill();
    }
  }

  resize() {
    this.chart.resize();
    this.laid = null;
    const rows = this.rows();
    this.chart.setOption({ grid: rows.map((row) => ({ top: row.top, height: row.height })) });
  }

  // What stands at a video time, for the numbers beside the lanes where no layout says them; speeds in the units of their lane.
  at(video_s) {
    const place = this.clock.session(video_s);
    if (!this.data?.own || place === null) return null;
    const { own, other } = this.data;
    const index = upper(own.time_s, place) - 1;
    const beside = upper(other.time_s, place) - 1;
    if (!(place - own.time_s[index] <= HOLE_S)) return null;
    return {
      speed: scaled(between(own.time_s, own.speed_kmh, index, place), this.speed.scale),
      rpm: between(own.time_s, own.rpm, index, place),
      gear: own.gear[index] ?? null,
      throttle: between(own.time_s, own.throttle, index, place),
      brake: own.brake[index] ?? null,
      other: other.driver[beside] ?? null,
      other_speed: scaled(between(other.time_s, other.speed_kmh, beside, place), this.speed.scale),
      gap: between(other.time_s, other.gap_s, beside, place),
    };
  }

  close() {
    this.chart.dispose();
  }
}

function line(name, lane, data, color, more = {}) {
  return {
    name,
    type: "line",
    xAxisIndex: lane,
    yAxisIndex: lane,
    data,
    showSymbol: false,
    silent: true,
    itemStyle: { color },
    connectNulls: false,
    ...more,
  };
}

function between(times, values, index, place) {
  const here = values[index];
  const next = values[index + 1];
  if (here === null || here === undefined) return null;
  if (next === null || next === undefined) return here;
  const share = (place - times[index]) / (times[index + 1] - times[index]);
  return here + Math.min(Math.max(share, 0), 1) * (next - here);
}

const scaled = (value, scale) => (value === null || value === undefined ? null : value * scale);
const clipped = (value, top) => (value === null || value === undefined ? null : Math.min(value, top));
