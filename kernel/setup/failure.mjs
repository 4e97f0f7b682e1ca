/**
 * What is said when the set-up cannot go on: what happened, and what to do. Not for faults of the program itself;
 * those keep their stack trace.
 */

/** A set-up problem that the user can put right. */
export class SetupFailure extends Error {
  /**
   * @param {string} happened what went wrong, one sentence
   * @param {string | readonly string[]} advice what to do next, a line each
   */
  constructor(happened, advice) {
    super(happened);
    this.name = "SetupFailure";
    /** @type {readonly string[]} */
    this.advice = typeof advice === "string" ? [advice] : advice;
  }
}

/** Thrown when the user stopped the set-up. */
export class Stopped extends Error {
  constructor() {
    super("stopped");
    this.name = "Stopped";
  }
}

/**
 * A failure as it is printed.
 * @param {SetupFailure} failure
 * @returns {string}
 */
export function describeFailure(failure) {
  const advice = failure.advice.map((line, index) => (index === 0 ? `  What to do: ${line}` : `    ${line}`));
  return [`mmaplab: ${failure.message}`, ...advice, ""].join("\n");
}

/** `sudo ` in front of a command that needs root, unless we are root. */
export function sudo() {
  return process.getuid?.() === 0 ? "" : "sudo ";
}
