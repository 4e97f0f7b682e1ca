/** Submissions for the honest grader, and whether this machine can run it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireSandbox } from "../../kernel/src/grade/index.js";
import { TEMPLATE } from "./nbgrader-course.js";

/** Why submissions cannot be graded here, for the title of a test; empty where they can. */
export const withoutSandbox = ((): string => {
  try {
    requireSandbox();
    return "";
  } catch (error) {
    return ` (needs a sandbox: ${error instanceof Error ? error.message : String(error)})`;
  }
})();

/** The instructor's notebook of an assignment. */
export function sourcePath(assignment: string): string {
  return join(TEMPLATE, "source", assignment, `${assignment}.ipynb`);
}

/** Writes a submission. @param answers source of solution cells; what is not named is left as students get it */
export function submit(path: string, assignment: string, answers: Readonly<Record<string, string>>): string {
  const notebook = JSON.parse(readFileSync(sourcePath(assignment), "utf8")) as {
    cells: { source: unknown; metadata: { nbgrader?: { grade_id: string; solution: boolean } } }[];
  };
  for (const cell of notebook.cells) {
    const { nbgrader } = cell.metadata;
    if (nbgrader?.solution === true) cell.source = answers[nbgrader.grade_id] ?? 'throw new Error("not done yet");';
  }
  writeFileSync(path, JSON.stringify(notebook));
  return path;
}
