/** The zoo as tables for readers. */
import type { TableCell, TableView } from "../../views/index.js";
import { decidingStep } from "../reason.js";
import type { ZooRow } from "./row.js";
import type { RowReport } from "./run-row.js";
import { expectationText, stepText } from "./words.js";

function plain(text: string): TableCell {
  return { text };
}

/** What a row needs, in a few words; empty for what everybody can have. */
export function needsText({ needs = [], since, until, changesSystem, gone }: ZooRow): string {
  const parts: string[] = needs.map((need) => (need.startsWith("CAP_") ? `root (${need})` : need));
  if (since !== undefined) parts.push(`Linux ${since}`);
  if (until !== undefined) parts.push(`before Linux ${until}`);
  if (changesSystem !== undefined) parts.push("changes the system");
  if (gone !== undefined) parts.push(`no ${gone.claim}: ${gone.why}`);
  return parts.join(", ");
}

/** The rows themselves: call, what comes, when, what is needed. */
export function rowsTable(rows: readonly ZooRow[], title: string): TableView {
  return {
    kind: "table",
    title,
    headings: ["call", "comes", "when", "needs"],
    rows: rows.map((row) => [plain(row.call), plain(expectationText(row.expect)), plain(row.when), plain(needsText(row))]),
    caption: 'zoo("mmap") runs the rows of one call, zoo("mmap", "EINVAL") those of one error.',
  };
}

const VERDICT_TONES = { "as told": "ok", differs: "bad", "not run": "warn" } as const;

/** What came of rows that were run. */
export function reportsTable(reports: readonly RowReport[], title: string): TableView {
  return {
    kind: "table",
    title,
    headings: ["when", "call", "came", "model", "why"],
    rows: reports.map((report) => {
      const { row, verdict, came, model, reason } = report;
      const last = row.steps.at(-1);
      return [
        plain(row.when),
        plain(last === undefined ? row.call : stepText(last)),
        { text: verdict === "not run" ? "not run" : came, tone: VERDICT_TONES[verdict] },
        plain(model ?? (verdict === "not run" ? "" : "not asked")),
        plain(verdict === "not run" ? came : whyText(report, decidingStep(reason))),
      ];
    }),
    caption: `${summaryText(reports)} Each row ran in a process of its own, which is gone.`,
  };
}

function whyText({ row, verdict }: RowReport, reason: string): string {
  const expected = verdict === "differs" ? [`expected ${expectationText(row.expect)}`] : [];
  return [
    ...expected,
    ...(row.gone === undefined ? [] : [`no ${row.gone.claim}: ${row.gone.why}`]),
    ...(reason === "" ? [] : [reason]),
  ].join("; ");
}

/** How many rows went how, in a sentence. */
export function summaryText(reports: readonly RowReport[]): string {
  const count = (verdict: RowReport["verdict"]): string => String(reports.filter((report) => report.verdict === verdict).length);
  return `${count("as told")} as told, ${count("differs")} differ, ${count("not run")} not run.`;
}
