/** What a check of a cell found: shown where a reader does an exercise, and read where progress or marks are shown. */

/** How a check ended: `open` means that the reader has not answered yet. */
export type CheckOutcome = "passed" | "open" | "failed";

/** One check, or one question of an exercise. */
export interface CheckView {
  readonly kind: "check";
  /** The name with its mark: "✓ eight faults". */
  readonly title: string;
  /** What is checked, in the words of whoever wrote it. */
  readonly name: string;
  readonly outcome: CheckOutcome;
  /** What it is worth, where it is worth something. */
  readonly points?: number;
  /** How much of that was earned. Never more than `points`; absent where `points` is. */
  readonly earned?: number;
  /** What was seen, in a sentence. */
  readonly message: string;
  readonly hint?: string;
}

/** Told by mark and by word, never by colour alone. */
export const CHECK_MARKS: Readonly<Record<CheckOutcome, string>> = { passed: "✓", open: "○", failed: "✗" };

/** "passed, 2 of 2 points", for readers without the extension. */
export function checkOutcomeWords({ outcome, points, earned = 0 }: CheckView): string {
  const words = outcome === "open" ? "not answered yet" : outcome;
  return points === undefined ? words : `${words}, ${earned} of ${points} ${points === 1 ? "point" : "points"}`;
}
