/** A JSON value under a name in a browser storage. Storage may be forbidden or hold anything; then there is no value. */

export function readStored(storage, name) {
  try {
    return JSON.parse(window[storage].getItem(name));
  } catch {
    return null;
  }
}

export function writeStored(storage, name, value) {
  try {
    window[storage].setItem(name, JSON.stringify(value));
  } catch {
    // Full or forbidden: the visit goes on, only this is not remembered.
  }
}
