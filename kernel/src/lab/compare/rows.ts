/** Lines of a comparison, and how they are shown. */
import type { ComparisonRow, ComparisonView } from "../../views/index.js";

/**
 * A line for two texts: equal where they are the same, else explained by a rule or not.
 * @param why asked only where they differ; null where no rule applies
 */
export function row(what: string, kernel: string, model: string, why: () => string | null): ComparisonRow {
  if (kernel === model) return { what, kernel, model, verdict: "equal" };
  const rule = why();
  return rule === null ? { what, kernel, model, verdict: "unexplained" } : { what, kernel, model, verdict: "explained", why: rule };
}

/** Lines as a view. */
export function comparisonView(title: string, rows: readonly ComparisonRow[]): ComparisonView {
  return { kind: "comparison", title, rows };
}
