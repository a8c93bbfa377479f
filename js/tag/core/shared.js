// What every part of the tag needs: the page's settings, the edge's URL, and `rust`, which decides.

export let settings;
export let base;
/** The exports of collector/src/abi.rs. */
export let rust;

export const take = (...given) => ([settings, base, rust] = given);
