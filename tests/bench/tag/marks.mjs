// Marks: an event carries one as a property, and by it is known at the sink, whatever its client wrapped it in.

const MARK = /mark-[0-9a-f]{12}/g;

/** All marks in a text. */
export const marksIn = (text) => [...new Set(text.match(MARK))];

/** Marks from a seed: the same run asks for the same ones. */
export class Marks {
  #state;

  constructor(seed) {
    this.seed = seed;
    this.#state = BigInt(seed);
  }

  /** SplitMix64. */
  next() {
    this.#state = BigInt.asUintN(64, this.#state + 0x9e3779b97f4a7c15n);
    let bits = this.#state;
    bits = BigInt.asUintN(64, (bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n);
    bits = BigInt.asUintN(64, (bits ^ (bits >> 27n)) * 0x94d049bb133111ebn);
    return `mark-${((bits ^ (bits >> 31n)) & 0xffffffffffffn).toString(16).padStart(12, "0")}`;
  }

  take(count) {
    return Array.from({ length: count }, () => this.next());
  }
}
