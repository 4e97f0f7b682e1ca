/** A grading plan: what is asked of a submission and what earns points. Plans are the instructor's code; they never enter the sandbox. */
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { TaskFailed } from "./claims.js";
import type { RunningStudent } from "./student.js";

/** How a task says what it expects. Each throws {@link TaskFailed} where it is not so. */
export interface Expect {
  /** Two values are the same, deeply. @param hint shown where they are not */
  readonly equal: (what: string, seen: unknown, expected: unknown, hint?: string) => void;
  /** Something holds. */
  readonly that: (what: string, holds: boolean, hint?: string) => void;
}

/** One thing that is marked: earned whole or not at all. */
export interface Task {
  readonly id: string;
  /** What the student reads. */
  readonly name: string;
  readonly points: number;
  /** Ends where the points are earned; throws {@link TaskFailed} where they are not. */
  readonly grade: (student: RunningStudent, expect: Expect) => Promise<void>;
}

/** A plan cannot be used. */
export class BadPlan extends Error {
  override readonly name = "BadPlan";
}

export const EXPECT: Expect = {
  equal(what, seen, expected, hint) {
    if (!isDeepStrictEqual(seen, expected)) throw new TaskFailed(what, words(expected), words(seen), hint);
  },
  that(what, holds, hint) {
    if (!holds) throw new TaskFailed(what, "that it is so", "that it is not so", hint);
  },
};

/**
 * Loads a plan: a module that exports `tasks`.
 * @param path absolute
 * @throws BadPlan
 */
export async function loadPlan(path: string): Promise<readonly Task[]> {
  if (!existsSync(path))
    throw new BadPlan(
      `there is no plan ${path}. Write one; README.md of the course says how, and the folders that "npx mmaplab course init FOLDER --all" makes have examples.`,
    );
  const { tasks } = (await import(pathToFileURL(path).href)) as { readonly tasks?: unknown };
  if (!Array.isArray(tasks) || tasks.length === 0 || !tasks.every(isTask))
    throw new BadPlan(`${path} must export \`tasks\`, a list of { id, name, points, grade(student, expect) }.`);
  const ids = tasks.map(({ id }) => id);
  if (new Set(ids).size < ids.length) throw new BadPlan(`${path} has two tasks of one id.`);
  return tasks;
}

function isTask(task: unknown): task is Task {
  const { id, name, points, grade } = (task ?? {}) as Partial<Record<keyof Task, unknown>>;
  return typeof id === "string" && typeof name === "string" && typeof points === "number" && points >= 0 && typeof grade === "function";
}

function words(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? String(item) : item)) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
