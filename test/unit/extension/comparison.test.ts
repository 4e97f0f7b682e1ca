import { describe, expect, it } from "vitest";
import { comparisonSummary, VERDICT_MARKS, verdictWords } from "../../../extension/src/comparison-table.js";
import { COMPARISON } from "../views/samples.js";
import { ENGLISH } from "./context.js";

describe("the comparison table", () => {
  it("counts each verdict in its summary", () => {
    expect(comparisonSummary(COMPARISON, ENGLISH)).toBe("1 equal, 1 explained, 1 unexplained.");
    expect(comparisonSummary({ ...COMPARISON, rows: [] }, ENGLISH)).toBe("Nothing was compared.");
  });

  it("tells verdicts by mark and by word, and gives the rule behind an explained one", () => {
    expect(COMPARISON.rows.map((row) => `${VERDICT_MARKS[row.verdict]} ${verdictWords(row, ENGLISH)}`)).toEqual([
      "= equal",
      "≈ explained: the page cache was cold and the model was not told",
      "≠ unexplained",
    ]);
  });
});
