/** One figure of a bench. */

/**
 * @typedef {object} BenchRecord
 * @property {string} bench name of the bench
 * @property {string} name what was measured
 * @property {string} unit
 * @property {number} value median of the runs
 * @property {string | null} peer what it is measured against, in the same run
 * @property {number | null} peerValue
 * @property {number | null} ratio value / peerValue
 * @property {string | null} target in words
 * @property {boolean | null} met whether the target is met; null where there is none
 */

/**
 * @param {Pick<BenchRecord, "bench" | "name" | "unit" | "value"> & { peer?: string, peerValue?: number, target?: { words: string, isMet: (value: number, ratio: number | null) => boolean } }} figure
 * @returns {BenchRecord}
 */
export function benchRecord({ bench, name, unit, value, peer, peerValue, target }) {
  const ratio = peerValue === undefined ? null : round(value / peerValue);
  return {
    bench,
    name,
    unit,
    value: round(value),
    peer: peer ?? null,
    peerValue: peerValue === undefined ? null : round(peerValue),
    ratio,
    target: target?.words ?? null,
    met: target ? target.isMet(value, ratio) : null,
  };
}

/**
 * A record as a line for people.
 * @param {BenchRecord} record
 */
export function describeRecord({ bench, name, unit, value, peer, peerValue, ratio, target, met }) {
  const beside = peer === null ? "" : `; ${peer}: ${peerValue} ${unit}; ratio ${ratio}`;
  const verdict = target === null ? "" : `; target ${target}: ${met ? "met" : "MISSED"}`;
  return `${bench}: ${name}: ${value} ${unit}${beside}${verdict}`;
}

/**
 * @param {readonly number[]} values at least one
 * @returns {number} the middle one, or the mean of the two in the middle
 */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error("the median of no values");
  return (low + high) / 2;
}

/** @param {number} value three significant digits are more than a time on a shared machine has */
function round(value) {
  return Number(value.toPrecision(3));
}
