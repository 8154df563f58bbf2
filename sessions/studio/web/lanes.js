// Speed, gap, RPM, gear and pedals by ECharts. Everything is laid out in video time; dragging the offset only moves the axes.
import { echarts } from "nicegui-echart";
import { DIM, FAINT, GOOD, BAD, HUD, INK, OTHER, OWN, RPM } from "./palette.js";
import { upper } from "./clock.js";

export const LANES = [
  { name: "speed", title: "Speed", unit: "km/h", weight: 1.3, min: 0, max: 350, ticks: 100 },
  { name: "gap", title: "Gap", unit: "s", weight: 0.9, min: 0, max: 3, ticks: 1 },
  { name: "engine", title: "RPM · gear", unit: "", weight: 1.0, min: 4000, max: 13000, ticks: 3000 },
  { name: "pedals", title: "Pedals", unit: "%", weight: 0.8, min: 0, max: 100, ticks: 100 },
];
const GAP_PX = 7;
const FONT = "BarlowCondensed-Medium, sans-serif";

export class Lanes {
  constructor(element, clock) {
    Object.assign(this, { element, clock, data: null });
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
      const row = { ...lane, top, height: Math.max((free * lane.weight) / total, 8) };
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
      // The first axes move with the telemetry; the last one stays with the video, for what was read in the picture.
      xAxis: [...rows.map((_, index) => ({ ...xAxis, ...quiet, gridIndex: index })), { ...xAxis, ...quiet, gridIndex: 0 }],
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
        {
          name: "read in the picture",
          type: "scatter",
          xAxisIndex: 4,
          yAxisIndex: 0,
          symbolSize: 4,
          itemStyle: { color: HUD },
          silent: true,
          data: [],
          z: 5,
        },
      ],
    };
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
    const pairs = (source, key) => source.video_s.map((at_s, index) => [at_s, at_s === null ? null : source[key][index]]);
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
        { name: "own speed", data: pairs(own, "speed_kmh") },
        { name: "other speed", data: pairs(other, "speed_kmh") },
        { name: "gap", data: other.video_s.map((at_s, index) => [at_s, clipped(other.gap_s[index], 3)]) },
        { name: "rpm", data: pairs(own, "rpm") },
        { name: "gear", data: pairs(own, "gear") },
        { name: "throttle", data: pairs(own, "throttle") },
        { name: "brake", data: brakes },
      ],
    });
    return own;
  }

  readings(dots) {
    this.chart.setOption({ series: [{ name: "read in the picture", data: dots }] });
  }

  draw(view) {
    const shifted = this.clock.shifted;
    const moved = { min: view.start + shifted, max: view.end + shifted };
    this.chart.setOption(
      { xAxis: [...LANES.map(() => moved), { min: view.start, max: view.end }] },
      { lazyUpdate: false, silent: true },
    );
  }

  resize() {
    this.chart.resize();
    const rows = this.rows();
    this.chart.setOption({ grid: rows.map((row) => ({ top: row.top, height: row.height })) });
  }

  // What stands at a video time, for the numbers beside the lanes.
  at(video_s) {
    if (!this.data?.own) return null;
    const { own, other } = this.data;
    const place = video_s + this.clock.shifted;
    const index = upper(own.video_s, place) - 1;
    const beside = upper(other.video_s, place) - 1;
    return {
      speed: between(own.video_s, own.speed_kmh, index, place),
      rpm: between(own.video_s, own.rpm, index, place),
      gear: own.gear[index] ?? null,
      throttle: between(own.video_s, own.throttle, index, place),
      brake: own.brake[index] ?? null,
      other: other.driver[beside] ?? null,
      other_speed: between(other.video_s, other.speed_kmh, beside, place),
      gap: between(other.video_s, other.gap_s, beside, place),
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

const clipped = (value, top) => (value === null || value === undefined ? null : Math.min(value, top));
