/** The error of a check that does not hold. Being thrown, it makes the cell fail for every grader. */

/** What a failed check says, besides its name. */
export interface Failure {
  /** In words, without the right answer where that must stay unknown. */
  readonly expected: string;
  readonly seen: string;
  readonly hint?: string;
}

/** A check that does not hold: what was expected, what was seen, and a hint where there is one. */
export class CheckFailed extends Error {
  override readonly name = "CheckFailed";
  readonly expected: string;
  readonly seen: string;
  readonly hint?: string;

  /**
   * @param check the name of the check
   * @param failure what it says
   */
  constructor(
    readonly check: string,
    failure: Failure,
  ) {
    super([check, ...failureLines(failure).map((line) => `  ${line}`)].join("\n"));
    this.expected = failure.expected;
    this.seen = failure.seen;
    if (failure.hint !== undefined) this.hint = failure.hint;
  }

  /** As a cell prints it when it is not caught: the message and the place, without the fields, which repeat the message. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.stack ?? this.message;
  }
}

function failureLines({ expected, seen, hint }: Failure): string[] {
  return [`expected: ${expected}`, `seen: ${seen}`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
}
