/**
 * Honest grading: a submission is untrusted code. It runs in a sandbox, and what earns points is seen from outside of it.
 * Not here: the checks inside a notebook (lab/check) and nbgrader, which trust the student.
 */
export { Claim, TaskFailed } from "./claims.js";
export { gradeAll, gradeSubmission, type GradingJob, type Marks, type TaskMark } from "./grade.js";
export { feedbackPage, marksCsv, overviewPage, summarize, type TaskSummary } from "./html.js";
export { NotANotebook, cellsToRun, parseNotebook, readNotebook, type NotebookCell } from "./notebook.js";
export { BadPlan, loadPlan, type Expect, type Task } from "./plan.js";
export { SandboxMissing, requireSandbox } from "./sandbox.js";
export { CannotGrade, RunningStudent, TIME_LIMITS, type MemoryRange, type TimeLimits } from "./student.js";
