// Figures as people read them, in the viewer's language.

const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const amount = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2, minimumFractionDigits: 2 });

/** 0.1 is 10 %. */
export const part = (value: number) => percent.format(value);

/** In whatever currency the shop has. */
export const money = (value: number) => amount.format(value);

/** A probability: none is certain. */
export const chance = (value: number) => (value > 0.999 ? "over 99.9%" : value < 0.001 ? "under 0.1%" : percent.format(value));
