/**
 * The folder of a result set. All that a run makes is in it:
 *
 *   plan.json             what was to be run
 *   manifests/ID.json     the machines that ran it
 *   runs/NAME.jsonl       the records of one run, whole or not there; NAME.ipynb, its notebook
 *   records.jsonl         all records, once every run is there
 *   report.html           with --html
 *   scratch/, lock        while it runs
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ExperimentRecord } from "../record.js";
import { parseRecords, recordLine } from "../record.js";
import type { Manifest } from "./manifest.js";
import { tasksOf, type Plan, type Task } from "./plan.js";

/** A result set on disk. */
export class ResultFolder {
  private constructor(
    readonly path: string,
    readonly plan: Plan,
  ) {}

  /**
   * A new one.
   * @throws Error where there is one already, or the folder may not be written
   */
  static create(path: string, plan: Plan): ResultFolder {
    const folder = new ResultFolder(resolve(path), plan);
    if (existsSync(folder.#planFile))
      throw new Error(
        `${folder.path} holds results already. Go on with them: --resume --out ${path}. Or choose another folder with --out.`,
      );
    const made = writing(folder.path, () => mkdirSync(folder.path, { recursive: true }));
    try {
      writing(folder.path, () => writeFileSync(folder.#planFile, `${JSON.stringify(plan, null, 2)}\n`, { flag: "wx" }));
    } catch (error) {
      rmSync(folder.#planFile, { force: true });
      if (made !== undefined) rmSync(made, { recursive: true, force: true });
      throw error;
    }
    return folder;
  }

  /**
   * One that is there.
   * @throws Error where there is none
   */
  static open(path: string): ResultFolder {
    const whole = resolve(path);
    const file = join(whole, "plan.json");
    if (!existsSync(file)) throw new Error(`${whole} holds no results: plan.json is not there. Name the folder that was given with --out.`);
    let plan: Plan;
    try {
      plan = JSON.parse(readFileSync(file, "utf8")) as Plan;
    } catch (error) {
      throw new Error(`${file} cannot be read as a plan. Run the experiments anew, in another folder.`, { cause: error });
    }
    if (plan.version !== 1)
      throw new Error(`${file} was written by another version of mmaplab. Run the experiments anew, in another folder.`);
    return new ResultFolder(whole, plan);
  }

  get #planFile(): string {
    return join(this.path, "plan.json");
  }

  get recordsFile(): string {
    return join(this.path, "records.jsonl");
  }

  recordsOf({ name }: Task): string {
    return join(this.path, "runs", `${name}.jsonl`);
  }

  notebookOf({ name }: Task): string {
    return join(this.path, "runs", `${name}.ipynb`);
  }

  /** Where a run works. The process is part of the name: what one that was killed leaves running meets nothing of its successor. */
  scratchOf({ name }: Task): string {
    return join(this.path, "scratch", `${name}-${process.pid}`);
  }

  /** Whether a run's records are there. */
  has(task: Task): boolean {
    return existsSync(this.recordsOf(task));
  }

  /** The runs that are still to be made, in the plan's order. */
  missing(): Task[] {
    return tasksOf(this.plan).filter((task) => !this.has(task));
  }

  /**
   * Has the folder for oneself while `body` runs.
   * @throws Error where another process has it
   */
  async locked<T>(body: () => Promise<T>): Promise<T> {
    const lock = join(this.path, "lock");
    const owner = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : 0;
    if (owner > 0 && owner !== process.pid && existsSync(`/proc/${owner}`))
      throw new Error(`process ${owner} is writing to ${this.path}. Wait for it, or choose another folder with --out.`);
    rmSync(lock, { force: true });
    writing(this.path, () => writeFileSync(lock, String(process.pid), { flag: "wx" }));
    try {
      return await body();
    } finally {
      rmSync(lock, { force: true });
    }
  }

  /** Removes what runs that were ended have left. */
  sweep(): void {
    rmSync(join(this.path, "scratch"), { recursive: true, force: true });
    const runs = join(this.path, "runs");
    if (!existsSync(runs)) return;
    const whole = new Set(
      tasksOf(this.plan)
        .filter((task) => this.has(task))
        .map(({ name }) => name),
    );
    for (const file of readdirSync(runs)) if (!whole.has(file.replace(/\.(jsonl|ipynb)$/, ""))) rmSync(join(runs, file), { force: true });
    // Gone where nothing is in it.
    try {
      rmdirSync(runs);
    } catch {
      // Runs are in it.
    }
  }

  /** Keeps the manifest of a machine. */
  addManifest(manifest: Manifest): void {
    const folder = join(this.path, "manifests");
    mkdirSync(folder, { recursive: true });
    writeWhole(join(folder, `${manifest.machine.id}.json`), `${JSON.stringify(manifest, null, 2)}\n`);
  }

  /** The manifests of all machines that ran a part. */
  manifests(): Manifest[] {
    const folder = join(this.path, "manifests");
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((file) => file.endsWith(".json"))
      .sort()
      .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Manifest);
  }

  /** The records of all runs that are there, by experiment and run. */
  records(): ExperimentRecord[] {
    return tasksOf(this.plan)
      .filter((task) => this.has(task))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((task) => parseRecords(readFileSync(this.recordsOf(task), "utf8"), this.recordsOf(task)));
  }

  /** Writes all records into one file. */
  join(): void {
    writeWhole(
      this.recordsFile,
      this.records()
        .map((record) => `${recordLine(record)}\n`)
        .join(""),
    );
  }

  /** Writes the report. @returns its path */
  addReport(html: string): string {
    const path = join(this.path, "report.html");
    writeWhole(path, html);
    return path;
  }
}

function writeWhole(path: string, text: string): void {
  const unfinished = `${path}.unfinished`;
  try {
    writing(path, () => writeFileSync(unfinished, text));
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** Says what to do about a folder that cannot be written. */
export function writing<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const causes: Readonly<Record<string, string>> = {
      EACCES: "may not be written by this user",
      EPERM: "may not be written by this user",
      EROFS: "lies on a file system that is read-only",
      ENOSPC: "lies on a disk that is full",
      EDQUOT: "lies on a disk whose quota is used up",
      ENOTDIR: "lies below something that is no folder",
      EEXIST: "is in use, or is no folder",
    };
    const cause = causes[code];
    if (cause === undefined) throw error;
    throw new Error(`${path} ${cause} (${code}). Choose another folder with --out.`, { cause: error });
  }
}
