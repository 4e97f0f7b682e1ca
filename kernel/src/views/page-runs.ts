/** Strings of one letter a page, as runs of equal letters. */

/** Neighbouring pages of one letter. */
export interface PageRun {
  /** Index of the first page. */
  readonly from: number;
  readonly count: number;
  readonly letter: string;
}

/** Splits a string of page letters into runs, first page to last. */
export function pageRuns(letters: string): PageRun[] {
  const runs: PageRun[] = [];
  let from = 0;
  for (let index = 1; index <= letters.length; index += 1) {
    if (index < letters.length && letters[index] === letters[from]) continue;
    runs.push({ from, count: index - from, letter: letters[from] ?? "" });
    from = index;
  }
  return runs;
}

/** The letter of a {@link PageRun} that stands for pages of several letters. */
export const MIXED = "+";

/**
 * The pages as at most `most` marks: a mark a page where they fit, else a mark a run of equal letters, else equal
 * stretches, of which those with several letters are {@link MIXED}.
 */
export function pageMarks(letters: string, most: number): PageRun[] {
  if (letters.length <= most) return Array.from(letters, (letter, from) => ({ from, count: 1, letter }));
  const runs = pageRuns(letters);
  if (runs.length <= most) return runs;
  const step = Math.ceil(letters.length / most);
  return Array.from({ length: Math.ceil(letters.length / step) }, (_, index) => {
    const stretch = letters.slice(index * step, (index + 1) * step);
    const letter = stretch[0] ?? "";
    return { from: index * step, count: stretch.length, letter: [...stretch].every((other) => other === letter) ? letter : MIXED };
  });
}
