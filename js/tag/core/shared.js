// What every part of the tag needs: the page's settings, the edge's URL, and `rust`, which decides.

export let settings;
export let base;
/** The exports of collector/src/abi.rs. */
export let rust;
/** Loads a part that few pages need, by its hash. */
export let part;

export const take = (...given) => ([settings, base, rust, part] = given);

/** What was said by `log` so far, where an overlay will show it; that then takes it over by a `push` of its own. */
export let entries;
export const keepEntries = () => (entries = []);

/** Says what happens, and why something does not, to whom `debug()` or `data-debug` names. The kinds: `DebugEntry` in npm/index.d.ts. */
export const log = (...entry) => {
  const { debug } = settings;
  entries?.push(entry);
  if (typeof debug == "function") Promise.resolve(entry).then((said) => debug(...said));
  // An attribute without a value is "".
  else if (debug || debug === "") console.debug("selvedge:", ...entry);
};
