/** Fells in layers, from the far sky to the heather at our feet. Drawn from numbers, so every scene is the same each time. */

import { mix } from "./colour.js";

const WIDTH = 1600;
const HEIGHT = 720;

const SCENES = {
  morning: {
    sky: ["#f6d9c0", "#f3b9a0", "#c98ba6"],
    sun: "#fff1cf",
    sunAt: [1130, 325],
    far: "#b184ae",
    near: "#352a4a",
    ground: "#5a2d5b",
    bloom: ["#b4549c", "#d884bd", "#7e3a76"],
    path: "#e8c9b4",
  },
  evening: {
    sky: ["#bfe0dd", "#e6e9cf", "#f7dcae"],
    sun: "#fffbe6",
    sunAt: [420, 345],
    far: "#8fb7b8",
    near: "#173d49",
    ground: "#1f4a43",
    bloom: ["#5b7d4a", "#8aa35a", "#2f5f4b"],
    path: "#e9dfb6",
  },
  night: {
    sky: ["#141d38", "#27325a", "#5a4a7c"],
    sun: "#f7efd6",
    sunAt: [1240, 170],
    far: "#454a7e",
    near: "#10172b",
    ground: "#0d1322",
    bloom: ["#2b3158", "#3d4374", "#1a2140"],
    path: "#c9a64b",
    figure: "#e9dcb4",
  },
};

/** A number in 0..1 that depends only on its inputs. */
function speck(i, salt) {
  const x = Math.sin(i * 127.1 + salt * 311.7) * 43758.5453;
  return x - Math.floor(x);
}

/** A triangle wave between -0.5 and 0.5. */
const tooth = (x) => 2 * Math.abs((x % 1) - 0.5) - 0.5;

function ridgeHeight(x, layer) {
  const u = x / WIDTH;
  const phase = layer * 1.9 + 0.6;
  const broad = Math.sin(u * 5.2 + phase * 2.3) * 46;
  const shoulders = Math.sin(u * 11 + phase * 5.1) * 20;
  const crags = (tooth(u * (5.3 + layer) + phase) + 0.6 * tooth(u * (11.7 + layer * 1.3) + phase * 3)) * 34;
  return 405 + layer * 48 - (broad + shoulders + crags) * (1 - layer * 0.1);
}

function ridgePath(layer) {
  let d = `M0 ${HEIGHT}`;
  for (let x = 0; x <= WIDTH; x += 20) d += `L${x} ${ridgeHeight(x, layer).toFixed(1)}`;
  return `${d}L${WIDTH} ${HEIGHT}Z`;
}

function heather(scene) {
  let tufts = "";
  for (let i = 0; i < 420; i += 1) {
    const depth = speck(i, 1);
    const x = speck(i, 2) * WIDTH;
    const y = 640 + depth * 84 - Math.sin(x / 210) * 16;
    if (x > 560 && x < 760) continue; // the path leaves the picture here
    const size = 3 + depth * 8;
    tufts += `<ellipse cx="${x.toFixed(0)}" cy="${y.toFixed(0)}" rx="${(size * 1.7).toFixed(1)}" ry="${size.toFixed(1)}" fill="${scene.bloom[i % 3]}"/>`;
  }
  return tufts;
}

/** Three runners on the path, far enough away to be a few strokes each. */
function runners(colour) {
  const figure =
    `<circle cx="3" cy="-27" r="4.2" fill="${colour}"/>` +
    `<path d="M1 -22L-2 -11M-2 -11L6 -6L4 2M-2 -11L-8 -4L-14 -6M1 -20L8 -15L12 -18M0 -20L-7 -17L-9 -11" fill="none" stroke="${colour}" stroke-width="3.6" stroke-linecap="round" stroke-linejoin="round"/>`;
  return [
    [1008, 555, 1.15],
    [1070, 543, 1],
    [1112, 536, 0.9],
  ]
    .map(([x, y, size]) => `<g transform="translate(${x} ${y}) scale(${size})">${figure}</g>`)
    .join("");
}

function stars() {
  return Array.from(
    { length: 70 },
    (_, i) =>
      `<circle cx="${(speck(i, 5) * WIDTH).toFixed(0)}" cy="${(speck(i, 6) * 260).toFixed(0)}" r="${(0.7 + speck(i, 7) * 1.3).toFixed(1)}" fill="#fff" opacity="${(0.3 + speck(i, 8) * 0.6).toFixed(2)}"/>`,
  ).join("");
}

const SLOPE = "M0 610C220 560 380 628 620 590C820 560 960 570 1130 530C1300 492 1450 520 1600 476V720H0Z";
const PATH =
  "M560 720C700 690 610 640 760 612C900 588 1010 566 1140 533L1136 536C1020 574 930 598 800 624C700 646 800 692 690 720Z";

/** The named scene as an SVG file, or null when there is none of that name. It is meant to be cropped from the left and the top. */
export function landscape(name) {
  if (!Object.hasOwn(SCENES, name)) return null;
  const scene = SCENES[name];
  const sky = scene.sky.map((colour, i) => `<stop offset="${i / 2}" stop-color="${colour}"/>`).join("");
  const layers = [0, 1, 2, 3].map(
    (layer) =>
      `<path d="${ridgePath(layer)}" fill="${mix(scene.far, scene.near, layer / 3.6)}"/><rect y="${430 + layer * 46}" width="${WIDTH}" height="150" fill="url(#mist)"/>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" preserveAspectRatio="xMaxYMax slice">` +
    `<defs><linearGradient id="sky" x2="0" y2="1">${sky}</linearGradient>` +
    `<linearGradient id="mist" x2="0" y2="1"><stop stop-color="${scene.sky[1]}" stop-opacity="0"/><stop offset="1" stop-color="${scene.sky[1]}" stop-opacity=".28"/></linearGradient></defs>` +
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="url(#sky)"/>${name === "night" ? stars() : ""}` +
    `<circle cx="${scene.sunAt[0]}" cy="${scene.sunAt[1]}" r="120" fill="${scene.sun}" opacity=".25"/><circle cx="${scene.sunAt[0]}" cy="${scene.sunAt[1]}" r="62" fill="${scene.sun}"/>` +
    `${layers.join("")}<path d="${SLOPE}" fill="${mix(scene.near, scene.ground, 0.7)}"/>` +
    `<path d="${PATH}" fill="${scene.path}" opacity=".75"/>${runners(scene.figure ?? mix(scene.near, "#000000", 0.35))}${heather(scene)}</svg>`
  );
}
