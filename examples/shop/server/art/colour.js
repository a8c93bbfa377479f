/** Colour arithmetic for the drawings. Colours are "#rrggbb". */

const channels = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

/** A step of `amount` (0 to 1) from one colour towards the other. */
export function mix(from, to, amount) {
  const target = channels(to);
  const mixed = channels(from).map((value, i) => Math.round(value + (target[i] - value) * amount));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

// Shadows lean towards slate and lights towards warm white, so that a drawing never turns grey.
export const darker = (hex, amount) => mix(hex, "#131a24", amount);
export const lighter = (hex, amount) => mix(hex, "#fffaf0", amount);

/** The tones every drawing is built from. */
export function tones({ main, accent }) {
  return {
    main,
    accent,
    deep: darker(main, 0.32),
    deepest: darker(main, 0.58),
    light: lighter(main, 0.22),
    pale: lighter(main, 0.62),
    accentDeep: darker(accent, 0.25),
    accentLight: lighter(accent, 0.4),
    bone: "#f4f1ea",
    boneDeep: "#d9d4c8",
    rubber: "#232a33",
    metal: "#a9b1b8",
  };
}
