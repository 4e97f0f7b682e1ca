/** `mmaplab grade`: marks submissions that nobody has to trust. */
import { lstatSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import {
  feedbackPage,
  gradeAll,
  loadPlan,
  marksCsv,
  overviewPage,
  readNotebook,
  requireSandbox,
  TIME_LIMITS,
  type GradingJob,
  type Marks,
} from "../grade/index.js";
import { makeFolder } from "../linux/mkdir.js";

/** The version of the JSON document. */
const JSON_VERSION = 1;

interface GradeOptions {
  readonly course: string;
  readonly student?: string;
  readonly out?: string;
  readonly jobs: number;
  /** Seconds. */
  readonly timeout: number;
  readonly json?: boolean;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1000) throw new InvalidArgumentError("It has to be a whole number from 1 to 1000.");
  return value;
}

/** The command, to be added to the program. */
export function gradeCommand(): Command {
  return new Command("grade")
    .description("mark the submissions of a course in a sandbox, by what is seen of them from outside")
    .argument("<assignment>", "its name: submissions are submitted/*/NAME/NAME.ipynb, the plan is grading/NAME.mjs")
    .option("--course <folder>", "the folder of the course", ".")
    .option("--student <name>", "only this one")
    .option("--out <folder>", "where feedback, marks and the overview go; graded/NAME in the course unless told")
    .option("--jobs <number>", "how many at once", positive, 2)
    .option("--timeout <seconds>", "what one cell or call may take", positive, TIME_LIMITS.cell / 1000)
    .option("--json", "print one JSON object")
    .action(runGrade);
}

async function runGrade(assignment: string, options: GradeOptions): Promise<void> {
  if (!/^[\w][\w.-]*$/.test(assignment))
    throw new Error(`"${assignment}" is no name of an assignment. Give the name of its folder in source/.`);
  requireSandbox();
  const course = resolve(options.course);
  const tasks = await loadPlan(join(course, "grading", `${assignment}.mjs`));
  const released = readNotebook(join(course, "source", assignment, `${assignment}.ipynb`));
  const times = { ...TIME_LIMITS, cell: options.timeout * 1000 };
  const students = studentsOf(course, assignment, options.student);
  const jobs: GradingJob[] = students.map((student) => ({
    student,
    submission: join(course, "submitted", student, assignment, `${assignment}.ipynb`),
    released,
    tasks,
    times,
  }));
  const out = resolve(options.out ?? join(course, "graded", assignment));
  // Before the work, so that it is not lost where the results cannot be written.
  makeFolder(join(out, "feedback"));
  const all = await gradeAll(jobs, options.jobs, (marks) => {
    if (options.json !== true) console.log(line(marks));
  });
  writeResults(out, assignment, all);
  if (options.json === true) console.log(JSON.stringify({ version: JSON_VERSION, assignment, marks: all }));
  else console.log(`Feedback, marks.csv and overview.html are in ${out}`);
  if (all.some((marks) => marks.tasks.some(({ outcome }) => outcome === "ungraded"))) {
    console.error("mmaplab: some tasks could not be graded; overview.html and the feedback say why.");
    process.exitCode = 1;
  }
}

/** @throws Error where there are none */
function studentsOf(course: string, assignment: string, only: string | undefined): readonly string[] {
  const folder = join(course, "submitted");
  const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const names = isFolder(folder) ? readdirSync(folder).sort() : [];
  const found = names.filter((name) => (only === undefined || name === only) && isFolder(join(folder, name, assignment)));
  if (found.length > 0) return found;
  throw new Error(
    `there is no submission of ${assignment}${only === undefined ? "" : ` by ${only}`} in ${folder}. Collect them first (nbgrader collect ${assignment}), or name another folder with --course.`,
  );
}

function writeResults(out: string, assignment: string, all: readonly Marks[]): void {
  for (const marks of all) writeFileSync(join(out, "feedback", `${marks.student}.html`), feedbackPage(assignment, marks));
  writeFileSync(join(out, "marks.csv"), marksCsv(all));
  writeFileSync(join(out, "marks.json"), `${JSON.stringify({ version: JSON_VERSION, assignment, marks: all }, null, 1)}\n`);
  writeFileSync(join(out, "overview.html"), overviewPage(assignment, all));
}

function line({ student, earned, possible, tasks }: Marks): string {
  const lost = tasks.filter(({ outcome }) => outcome !== "passed").map(({ id }) => id);
  return `${student}: ${String(earned)} of ${String(possible)}${lost.length === 0 ? "" : ` (without ${lost.join(", ")})`}`;
}
