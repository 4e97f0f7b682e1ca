/** `npm run bench -- grade`: submissions marked in a minute by `mmaplab grade`, two at once, and the memory that one takes. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { places } from "../../kernel/setup/places.mjs";
import { createProgress } from "../../kernel/setup/progress.mjs";
import { runSteps } from "../../kernel/setup/step.mjs";
import { kernelBuild } from "../../kernel/setup/steps/build.mjs";
import { npmPackages } from "../../kernel/setup/steps/npm-packages.mjs";
import { benchRecord } from "./record.mjs";

const SUBMISSIONS = 50;
const AT_ONCE = 2;
const ASSIGNMENT = "sixteen-faults";

/** @typedef {import("./record.mjs").BenchRecord} BenchRecord */

/**
 * @param {(line: string) => void} report tells what is being measured
 * @returns {AsyncGenerator<BenchRecord>}
 */
export async function* benchGrade(report) {
  const here = places();
  await runSteps([npmPackages(here), kernelBuild(here)], { places: here, progress: createProgress(process.stderr) });
  /** @type {typeof import("../../kernel/src/grade/index.js")} */
  const { RunningStudent, gradeAll, loadPlan, readNotebook, requireSandbox } = await import(
    new URL("../../kernel/dist/grade/index.js", import.meta.url).href
  );
  requireSandbox();
  const course = join(here.root, "notebooks", "assignments", "course");
  const source = join(course, "source", ASSIGNMENT, `${ASSIGNMENT}.ipynb`);
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-bench-"));
  try {
    mkdirSync(join(folder, "submitted"));
    const tasks = await loadPlan(join(course, "grading", `${ASSIGNMENT}.mjs`));
    const released = readNotebook(source);
    const jobs = Array.from({ length: SUBMISSIONS }, (_, index) => {
      const submission = join(folder, "submitted", `${index}.ipynb`);
      cpSync(source, submission);
      return { student: `student ${index}`, submission, released, tasks };
    });
    report(`grade: ${SUBMISSIONS} submissions, twice ...`);
    const begin = performance.now();
    const first = await gradeAll(jobs, AT_ONCE, () => undefined);
    const minutes = (performance.now() - begin) / 60_000;
    const second = await gradeAll(jobs, AT_ONCE, () => undefined);
    const different = first.filter((marks, index) => JSON.stringify(marks) !== JSON.stringify(second[index])).length;
    yield benchRecord({ bench: "grade", name: `submissions a minute, ${AT_ONCE} at once`, unit: "1/min", value: SUBMISSIONS / minutes });
    yield benchRecord({
      bench: "grade",
      name: "marks that differ when graded again",
      unit: "submissions",
      value: different,
      target: { words: "0", isMet: (value) => value === 0 },
    });
    const student = new RunningStudent("memory", []);
    try {
      await student.call("nothing", "1");
      const pids = await student.pids();
      yield benchRecord({ bench: "grade", name: "memory of one sandbox", unit: "MiB", value: memoryMib(pids) });
    } finally {
      await student.end();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {readonly number[]} pids
 * @returns {number} their proportional share of memory (Pss), so that what they share is counted once
 */
function memoryMib(pids) {
  const kib = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"))?.[1] ?? 0));
  return kib.reduce((sum, one) => sum + one, 0) / 1024;
}
