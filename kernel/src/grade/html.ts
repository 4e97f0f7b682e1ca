/** Pages for people: the feedback of one student, and the overview of a class. Plain HTML that reads well aloud and without colours. */
import { CHECK_MARKS, printable } from "../views/index.js";
import type { Marks, TaskMark } from "./grade.js";

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}" +
  "table{border-collapse:collapse}th,td{padding:.3rem .8rem;border-bottom:1px solid #ccc;text-align:left;vertical-align:top}" +
  "td.n,th.n{text-align:right}meter{width:10rem}@media(prefers-color-scheme:dark){body{color:#ededed;background:#161616}}";

const OUTCOMES: Readonly<Record<TaskMark["outcome"], string>> = {
  passed: `${CHECK_MARKS.passed} passed`,
  failed: `${CHECK_MARKS.failed} failed`,
  ungraded: "? not graded",
};

/** The feedback of one student. */
export function feedbackPage(assignment: string, marks: Marks): string {
  const rows = marks.tasks.map(
    (task) =>
      `<tr><th scope="row">${text(task.name)}</th><td>${OUTCOMES[task.outcome]}</td>${points(task.earned)}${points(task.points)}<td>${why(task)}</td></tr>`,
  );
  const byHand = marks.byHand > 0 ? `<p>${number(marks.byHand)} more points are for answers that a person reads.</p>` : "";
  return page(
    `${assignment}: ${marks.student}`,
    `<p><strong>${number(marks.earned)} of ${number(marks.possible)} points</strong></p>${byHand}` +
      table(["task", "outcome", "points", "of", "why"], rows),
  );
}

/** What one task looks like over a class. */
export interface TaskSummary {
  readonly name: string;
  readonly points: number;
  readonly passed: number;
  readonly failed: number;
  readonly ungraded: number;
  /** What was seen most often where it failed, and how often; null where nobody failed. */
  readonly mostFrequent: { readonly failure: string; readonly times: number } | null;
}

/** Counts the outcomes of each task. @param all marks of the same tasks */
export function summarize(all: readonly Marks[]): readonly TaskSummary[] {
  return (all[0]?.tasks ?? []).map(({ id, name, points: worth }) => {
    const marks = all.flatMap(({ tasks }) => tasks.filter((task) => task.id === id));
    const count = (outcome: TaskMark["outcome"]): number => marks.filter((task) => task.outcome === outcome).length;
    const failures = new Map<string, number>();
    for (const { outcome, what = "", expected = "", seen = "" } of marks) {
      const failure = `${what}: expected ${expected}, seen ${seen}`;
      if (outcome === "failed") failures.set(failure, (failures.get(failure) ?? 0) + 1);
    }
    const [first] = [...failures].sort(([a, times], [b, others]) => others - times || (a < b ? -1 : 1));
    const mostFrequent = first === undefined ? null : { failure: first[0], times: first[1] };
    return { name, points: worth, passed: count("passed"), failed: count("failed"), ungraded: count("ungraded"), mostFrequent };
  });
}

/** The overview of a class. */
export function overviewPage(assignment: string, all: readonly Marks[]): string {
  const tasks = summarize(all).map(({ name, points: worth, passed, failed, ungraded, mostFrequent }) => {
    const often = mostFrequent === null ? "" : `${text(mostFrequent.failure)} (${String(mostFrequent.times)} times)`;
    const meter = `<meter min="0" max="${String(all.length)}" value="${String(passed)}">${String(passed)} of ${String(all.length)}</meter>`;
    return `<tr><th scope="row">${text(name)}</th>${points(worth)}${points(passed)}<td>${meter}</td>${points(failed)}${points(ungraded)}<td>${often}</td></tr>`;
  });
  const students = all.map(
    ({ student, earned, possible }) => `<tr><th scope="row">${text(student)}</th>${points(earned)}${points(possible)}</tr>`,
  );
  return page(
    `${assignment}: ${String(all.length)} submissions`,
    "<h2>Tasks</h2>" +
      table(["task", "points", "passed", "share", "failed", "not graded", "most frequent failure"], tasks) +
      "<h2>Distribution</h2>" +
      table(["points", "submissions"], distribution(all)) +
      "<h2>Students</h2>" +
      table(["student", "points", "of"], students),
  );
}

function distribution(all: readonly Marks[]): string[] {
  const counts = new Map<number, number>();
  for (const { earned } of all) counts.set(earned, (counts.get(earned) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => b - a).map(([earned, count]) => `<tr>${points(earned)}${points(count)}</tr>`);
}

/** Marks for a gradebook: one line a student, a column for each task. */
export function marksCsv(all: readonly Marks[]): string {
  const ids = (all[0]?.tasks ?? []).map(({ id }) => id);
  const lines = all.map(({ student, earned, possible, byHand, tasks }) =>
    [csv(student), number(earned), number(possible), number(byHand), ...tasks.map((task) => number(task.earned))].join(","),
  );
  return `${[["student", "earned", "possible", "by hand", ...ids.map(csv)].join(","), ...lines].join("\n")}\n`;
}

/** A field that no spreadsheet takes for a formula. */
function csv(field: string): string {
  const safe = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function why({ what, expected, seen, hint }: TaskMark): string {
  if (what === undefined) return "";
  const lines = [what, `expected: ${expected ?? ""}`, `seen: ${seen ?? ""}`, ...(hint === undefined ? [] : [`Hint: ${hint}`])];
  return lines.map(text).join("<br>");
}

function page(title: string, body: string): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${text(title)}</title>` +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` +
    `<style>${STYLE}</style></head><body><main><h1>${text(title)}</h1>${body}</main></body></html>\n`
  );
}

function table(headings: readonly string[], rows: readonly string[]): string {
  const head = headings.map((heading) => `<th scope="col">${heading}</th>`).join("");
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function points(value: number): string {
  return `<td class="n">${number(value)}</td>`;
}

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Text as text, whatever it holds. */
function text(value: string): string {
  return printable(value, 2000).replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
