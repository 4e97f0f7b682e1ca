/** What came of a run of tests, and how it is told. */

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {readonly { name: string, details?: string }[]} failures
 * @property {readonly { name: string, reason: string }[]} skips
 */

/** @returns {Outcome} */
export function noOutcome() {
  return { passed: 0, failures: [], skips: [] };
}

/**
 * @param {Outcome} one
 * @param {Outcome} other
 * @returns {Outcome}
 */
export function addOutcomes(one, other) {
  return {
    passed: one.passed + other.passed,
    failures: [...one.failures, ...other.failures],
    skips: [...one.skips, ...other.skips],
  };
}

/**
 * The failures and the skips, each skip with its reason.
 * @param {Outcome} outcome
 * @returns {string} empty where there are none
 */
export function describeOutcome({ failures, skips }) {
  const lines = [];
  if (skips.length > 0) lines.push("", "Skipped:", ...skips.map(({ name, reason }) => `  ${name}\n      because: ${reason}`));
  if (failures.length > 0) lines.push("", "Failed:", ...failures.map(({ name }) => `  ${name}`));
  return [...lines, ""].join("\n");
}

/**
 * The last line of a run.
 * @param {Outcome} outcome
 */
export function closingLine({ passed, failures, skips }) {
  return `${passed} passed, ${failures.length} failed, ${skips.length} skipped`;
}
