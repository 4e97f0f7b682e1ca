/** Grades submissions: each in a sandbox of its own, task after task. */
import { TaskFailed } from "./claims.js";
import { NotANotebook, cellsToRun, readNotebook, type NotebookCell } from "./notebook.js";
import { EXPECT, type Task } from "./plan.js";
import { CannotGrade, RunningStudent, type TimeLimits } from "./student.js";

/** How one task came out. `ungraded` is nobody's fault: the machine lacks something, or the plan is wrong. */
export interface TaskMark {
  readonly id: string;
  readonly name: string;
  readonly points: number;
  readonly earned: number;
  readonly outcome: "passed" | "failed" | "ungraded";
  /** What was checked last, where it did not pass. */
  readonly what?: string;
  readonly expected?: string;
  readonly seen?: string;
  readonly hint?: string;
}

/** The marks of one submission. */
export interface Marks {
  readonly student: string;
  readonly tasks: readonly TaskMark[];
  readonly earned: number;
  readonly possible: number;
  /** Points of answers that a person has to read. */
  readonly byHand: number;
}

/** What is graded, and against what. */
export interface GradingJob {
  readonly student: string;
  /** The path of the submitted notebook. */
  readonly submission: string;
  /** The instructor's notebook. */
  readonly released: readonly NotebookCell[];
  readonly tasks: readonly Task[];
  readonly times?: TimeLimits;
}

/** Grades one submission. What it does can cost it points and nobody else anything. */
export async function gradeSubmission({ student, submission, released, tasks, times }: GradingJob): Promise<Marks> {
  const byHand = released
    .filter(({ kind, graded, solution }) => graded && solution && kind === "markdown")
    .reduce((sum, { points }) => sum + points, 0);
  let cells: readonly string[];
  try {
    cells = cellsToRun(released, readNotebook(submission));
  } catch (error) {
    if (!(error instanceof NotANotebook)) throw error;
    const failure = new TaskFailed("the submission", "a notebook", error.message);
    return total(
      student,
      tasks.map((task) => failed(task, failure)),
      byHand,
    );
  }
  const running = new RunningStudent(student, cells, times);
  const marks: TaskMark[] = [];
  try {
    for (const task of tasks) marks.push(await gradeTask(task, running));
  } finally {
    await running.end();
  }
  return total(student, marks, byHand);
}

/** Grades many. @param jobs how many at once @param onMarks hears of each as it is done */
export async function gradeAll(
  submissions: readonly GradingJob[],
  jobs: number,
  onMarks: (marks: Marks) => void,
): Promise<readonly Marks[]> {
  const results = new Array<Marks | undefined>(submissions.length);
  const queue = submissions.entries();
  const worker = async (): Promise<void> => {
    for (const [index, job] of queue) {
      const marks = await gradeSubmission(job);
      results[index] = marks;
      onMarks(marks);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, submissions.length) }, worker));
  return results.flatMap((marks) => marks ?? []);
}

async function gradeTask(task: Task, running: RunningStudent): Promise<TaskMark> {
  const { id, name, points } = task;
  try {
    await task.grade(running, EXPECT);
    return { id, name, points, earned: points, outcome: "passed" };
  } catch (error) {
    if (error instanceof TaskFailed) return failed(task, error);
    // Nobody knows what state this left behind.
    await running.end();
    const seen = error instanceof Error ? error.message : String(error);
    const what = error instanceof CannotGrade ? "this machine" : "the grading itself";
    return { id, name, points, earned: 0, outcome: "ungraded", what, expected: "to be able to grade this", seen };
  }
}

function failed({ id, name, points }: Task, { what, expected, seen, hint }: TaskFailed): TaskMark {
  return { id, name, points, earned: 0, outcome: "failed", what, expected, seen, ...(hint !== undefined && { hint }) };
}

function total(student: string, tasks: readonly TaskMark[], byHand: number): Marks {
  const sum = (of: (mark: TaskMark) => number): number => tasks.reduce((so, mark) => so + of(mark), 0);
  return { student, tasks, earned: sum(({ earned }) => earned), possible: sum(({ points }) => points), byHand };
}
