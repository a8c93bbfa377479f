// Random numbers from a supply, because asking the browser for each takes longer than all else in `track`.

const supply = new Uint32Array(256);
let used = supply.length;

/** A random 32-bit number. */
export const random = () => {
  if (used == supply.length) {
    crypto.getRandomValues(supply);
    used = 0;
  }
  return supply[used++];
};

/** Some random letters and digits. */
export const letters = () => random().toString(36);

/** A random version 4 UUID. Not `randomUUID`, which pages without https don't have. */
export const uuid = () =>
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (digit ^ ((random() & 15) >> (digit / 4))).toString(16),
  );
