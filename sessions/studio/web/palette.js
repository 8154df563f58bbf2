// One palette for everything that is drawn; studio.css holds the same colours for what is not.
export const INK = "#eef1f6";
export const DIM = "#8a93a6";
export const FAINT = "#262c38";
export const PANEL = "#11151c";
export const OWN = "#4fc3ff"; // the own car
export const OTHER = "#ffb547"; // the car in sight
export const RPM = "#b79bff";
export const GOOD = "#3ddc97";
export const BAD = "#ff5d5d";
export const HUD = "#f5f7fb";

// From dark to bright, even to the eye; stops of matplotlib's magma.
const STOPS = ["#05060c", "#1a1040", "#4f127b", "#932b80", "#d8456c", "#fb8861", "#fecf92", "#fcfdbf"];

export function heat() {
  const table = new Uint8Array(256 * 3);
  const stops = STOPS.map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
  for (let level = 0; level < 256; level++) {
    const place = (level / 255) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    for (let part = 0; part < 3; part++) {
      table[level * 3 + part] = stops[low][part] + (place - low) * (stops[low + 1][part] - stops[low][part]);
    }
  }
  return table;
}
