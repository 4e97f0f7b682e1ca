/**
 * The fuzzer's random numbers: SplitMix32 (a Weyl sequence through the finaliser of MurmurHash3), so that a seed gives the
 * same sequences on every machine. Not for anything that must not be guessed.
 */

const WEYL_STEP = 0x9e37_79b9;

/** The finaliser of MurmurHash3: every bit of the input reaches every bit of the output. */
function mix(word: number): number {
  let z = word >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x85eb_ca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2_ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

/** The largest seed. */
export const MAX_SEED = 0xffff_ffff;

/** A stream of random numbers. */
export class Random {
  #state: number;

  /** @param seed a whole number from 0 to {@link MAX_SEED} */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The stream of the sequence with a given number, which does not depend on those before it. */
  static forSequence(seed: number, sequence: number): Random {
    return new Random(mix(mix(seed) + Math.imul(sequence + 1, WEYL_STEP)));
  }

  /** A whole number from 0 to 2^32 - 1. */
  word(): number {
    this.#state = (this.#state + WEYL_STEP) >>> 0;
    return mix(this.#state);
  }

  /** A whole number from 0 to `limit - 1`. The bias of the remainder is below one in a million for the limits used here. */
  below(limit: number): number {
    return this.word() % limit;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of a few. */
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  /** One of a few, each as often as its weight says. */
  weighted<T extends { readonly weight: number }>(items: readonly [T, ...T[]]): T {
    let left = this.below(items.reduce((sum, { weight }) => sum + weight, 0));
    for (const item of items) {
      left -= item.weight;
      if (left < 0) return item;
    }
    return items[0];
  }
}
