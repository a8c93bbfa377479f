/** Contour lines of an invented fell, traced by marching squares; the pattern behind banners and the footer. */

const COLUMNS = 96;
const ROWS = 48;
const CELL = 12;
const LEVELS = 19;

const HILLS = [
  [18, 14, 13, 1],
  [44, 34, 17, 0.9],
  [70, 12, 15, 1.1],
  [88, 38, 12, 0.8],
  [30, 2, 9, 0.4],
  [58, 24, 8, 0.35],
];

function height(x, y) {
  const hills = HILLS.reduce(
    (sum, [cx, cy, spread, peak]) => sum + peak * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * spread ** 2)),
    0,
  );
  return hills + 0.05 * Math.sin(x * 0.45 + y * 0.2) + 0.04 * Math.cos(y * 0.5 - x * 0.13);
}

/** Where the level crosses the edge between two corners of a cell, or null. */
function crossing([x1, y1], [x2, y2], level) {
  const a = height(x1, y1) - level;
  const b = height(x2, y2) - level;
  if (a > 0 === b > 0) return null;
  const t = a / (a - b);
  return `${((x1 + (x2 - x1) * t) * CELL).toFixed(1)} ${((y1 + (y2 - y1) * t) * CELL).toFixed(1)}`;
}

function traceLevel(level) {
  let d = "";
  for (let x = 0; x < COLUMNS; x += 1) {
    for (let y = 0; y < ROWS; y += 1) {
      const corners = [
        [x, y],
        [x + 1, y],
        [x + 1, y + 1],
        [x, y + 1],
      ];
      const points = corners.map((corner, i) => crossing(corner, corners[(i + 1) % 4], level)).filter(Boolean);
      for (let i = 0; i + 1 < points.length; i += 2) d += `M${points[i]}L${points[i + 1]}`;
    }
  }
  return d;
}

let drawn = null;

/** The pattern as an SVG file of white lines; drawn once per isolate because it takes some milliseconds. */
export function contours() {
  drawn ??= `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${COLUMNS * CELL} ${ROWS * CELL}" width="${COLUMNS * CELL}" height="${ROWS * CELL}" fill="none" stroke="#fff" stroke-linecap="round">${Array.from(
    { length: LEVELS },
    (_, i) => `<path d="${traceLevel(0.12 + i * 0.075)}" stroke-width="${i % 5 === 0 ? 1.8 : 0.9}"/>`,
  ).join("")}</svg>`;
  return drawn;
}
