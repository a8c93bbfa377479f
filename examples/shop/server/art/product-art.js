import { tones } from "./colour.js";
import { beanie, cap, flask, headlamp, socks } from "./products/accessory.js";
import { jacket } from "./products/jacket.js";
import { bar, gel, tablets, tub } from "./products/nutrition.js";
import { belt, daypack, duffel, vest } from "./products/pack.js";
import { shoe } from "./products/shoe.js";

const DRAWINGS = {
  shoe,
  jacket,
  daypack,
  vest,
  belt,
  duffel,
  cap,
  beanie,
  socks,
  headlamp,
  flask,
  gel,
  bar,
  tub,
  tablets,
};

/** The illustration of a product in one of its colours, as a complete SVG file. */
export function productArt({ kind, ...params }, colour) {
  const drawing = DRAWINGS[kind](tones(colour), params);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400">${drawing}</svg>`;
}
