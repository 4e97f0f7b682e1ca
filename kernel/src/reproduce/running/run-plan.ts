/** Runs what is missing of a plan: one run after the other, each in a kernel of its own. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { manifest } from "./manifest.js";
import { MemoryGroup } from "./memory-group.js";
import { notebookPath } from "./notebooks.js";
import { runNotebook, type PapermillTask } from "./papermill.js";
import type { Task } from "./plan.js";
import { pythonWith } from "./python.js";
import { writing, type ResultFolder } from "./result-folder.js";
import { requireRoom } from "./room.js";

/** What the processes of a notebook may take together, above what the experiment needs: files' pages count too. */
const GROUP_BYTES = 2 ** 31;

/** What happens, as it happens. */
export interface Progress {
  /** Something to know that is no failure. */
  note(text: string): void;
  started(task: Task): void;
  /** @param failure undefined where it went well */
  ended(task: Task, seconds: number, failure: Error | undefined): void;
}

/** The task as papermill gets it. All that it writes is in the run's own folder, until it is whole. */
export function papermillTask(folder: ResultFolder, task: Task): PapermillTask {
  const scratch = folder.scratchOf(task);
  return {
    notebook: notebookPath(task.experiment),
    output: join(scratch, "executed.ipynb"),
    parameters: { ...task.parameters, seed: task.seed, run: task.run, out: join(scratch, "records.jsonl"), folder: join(scratch, "files") },
    work: join(scratch, "jupyter"),
    folder: join(scratch, "files"),
  };
}

/** Makes the folders of a run. */
export function makeFolders(folder: ResultFolder, task: Task): void {
  const { work, folder: files } = papermillTask(folder, task);
  for (const path of [work, files]) writing(path, () => mkdirSync(path, { recursive: true }));
}

/**
 * Takes what a run has made.
 * @throws Error where the notebook made no records
 */
export function keep(folder: ResultFolder, task: Task): void {
  const { output, parameters } = papermillTask(folder, task);
  const out = String(parameters["out"]);
  if (!existsSync(out)) throw new Error("the notebook ended without writing its records: its last cell has to be trial.finish()");
  writing(folder.path, () => {
    mkdirSync(dirname(folder.recordsOf(task)), { recursive: true });
    renameSync(output, folder.notebookOf(task));
    // Last: a run counts as made when its records are there.
    renameSync(out, folder.recordsOf(task));
  });
}

/**
 * Runs what is missing. A run that fails does not keep the others from running.
 * @param signal stops; what is there then stays, and can be gone on with
 * @returns the failures
 * @throws Error where there is no room, or no Python with papermill; the signal's reason
 */
export async function runPlan(folder: ResultFolder, signal: AbortSignal, progress: Progress): Promise<ReadonlyMap<Task, Error>> {
  const failures = new Map<Task, Error>();
  await folder.locked(async () => {
    folder.sweep();
    const tasks = folder.missing();
    const python = pythonWith(["papermill"]);
    requireRoom(folder.path, tasks, 1);
    folder.addManifest(manifest(folder.path));
    const group = MemoryGroup.create(
      "runs",
      GROUP_BYTES + tasks.reduce((most, { experiment }) => Math.max(most, experiment.needs.memoryBytes), 0),
    );
    if (typeof group === "string") progress.note(`Memory is not limited: ${group}.`);
    try {
      for (const task of tasks) {
        progress.started(task);
        const began = performance.now();
        const failure = await runOne(folder, task, python, signal, typeof group === "string" ? undefined : group);
        progress.ended(task, (performance.now() - began) / 1000, failure);
        if (failure !== undefined) failures.set(task, failure);
      }
      if (folder.missing().length === 0) folder.join();
    } finally {
      folder.sweep();
      if (typeof group !== "string") group.remove();
    }
  });
  return failures;
}

async function runOne(
  folder: ResultFolder,
  task: Task,
  python: string,
  signal: AbortSignal,
  group: MemoryGroup | undefined,
): Promise<Error | undefined> {
  try {
    makeFolders(folder, task);
    await runNotebook(python, papermillTask(folder, task), signal, (pid) => group?.add(pid));
    keep(folder, task);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    rmSync(folder.scratchOf(task), { recursive: true, force: true });
  }
}
