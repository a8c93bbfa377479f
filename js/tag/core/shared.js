// What every part of the tag needs: the page's settings, the edge's URL, and `rust`, which decides.

export let settings;
export let base;
/** The exports of collector/src/abi.rs. */
export let rust;

export const take = (...given) => ([settings, base, rust] = given);

/** Says what happens, and why something does not, where `debug()` or `data-debug` asks for it. */
export const log = (...said) => settings.debug && console.debug("selvedge:", ...said);
