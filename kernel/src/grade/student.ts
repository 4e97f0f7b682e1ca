/**
 * A submission that runs, as a grading plan sees it. `call` asks it to do something; everything else looks at it from outside: /proc of its
 * process, its memory, perf events on it, the files it wrote. While it is looked at, all its processes stand still.
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { PAGE_SIZE } from "../abi/index.js";
import { check } from "../lab/check/index.js";
import { readMaps, readPagemap, readVmFlags, type MapsEntry } from "../linux/index.js";
import { TaskFailed, claimExpression, parseClaim, type Claim } from "./claims.js";
import { KernelClient } from "./kernel-client.js";
import { ProcessFaults } from "./process-faults.js";
import { Sandbox } from "./sandbox.js";

/** A range of the student's memory. */
export interface MemoryRange {
  readonly address: bigint;
  /** In bytes, whole pages. */
  readonly length: number;
}

/** A machine does not allow what a task has to be graded with. */
export class CannotGrade extends Error {
  override readonly name = "CannotGrade";
}

/** How long things may take, in ms. */
export interface TimeLimits {
  /** Until the kernel answers. */
  readonly start: number;
  /** One cell, or one call. */
  readonly cell: number;
}

export const TIME_LIMITS: TimeLimits = { start: 30_000, cell: 15_000 };

/** The most memory that is read at once. */
const MOST_BYTES = 16 << 20;
/** The most faults a range of which is asked about may have. */
const MOST_PAGES = 1 << 16;

export class RunningStudent {
  #sandbox: Sandbox | null = null;
  #client: KernelClient | null = null;
  /** The process that ran the cells, by its number outside: with it the variables are gone. */
  #pid: number | null = null;
  /** It was killed, and its number may still be there. */
  #crashed = false;
  /** Why trying again is of no use: the cells do not end. */
  #hopeless: TaskFailed | null = null;

  /**
   * @param name who it is, for parameters
   * @param cells the code to run before the first call
   */
  constructor(
    readonly name: string,
    private readonly cells: readonly string[],
    private readonly times: TimeLimits = TIME_LIMITS,
  ) {}

  /** A parameter of this student: as `check.parameter(student, ...)` draws it in the notebook. */
  parameter(name: string, least: number, most: number): number {
    return check.parameter(this.name, name, least, most);
  }

  /**
   * Evaluates an expression after the student's cells, in his process.
   * @param what it is, for the feedback
   * @returns what it claims to be
   * @throws TaskFailed where it fails, ends the process or takes too long
   */
  async call(what: string, expression: string): Promise<Claim> {
    const client = await this.#started();
    const end = await client.execute("", claimExpression(expression), this.times.cell);
    if (end.status === "ok") return parseClaim(end.claim, what);
    if (end.status === "silent") await this.end();
    const seen = end.status === "silent" ? `no answer within ${String(this.times.cell / 1000)} s` : `${end.name}: ${end.message}`;
    throw new TaskFailed(what, "a value", seen.split("\n", 1)[0] ?? "");
  }

  /**
   * As {@link call}, with the page faults of the process meanwhile.
   * @returns the claim, and how many faults fell into a range
   * @throws CannotGrade where this machine does not allow perf events
   */
  async callCountingFaults(
    what: string,
    expression: string,
  ): Promise<{ readonly claim: Claim; readonly faultsIn: (range: MemoryRange) => number }> {
    const pid = await this.#cellProcess();
    let watch: ProcessFaults;
    try {
      watch = new ProcessFaults(pid);
    } catch (error) {
      throw new CannotGrade(error instanceof Error ? error.message : String(error));
    }
    let claim: Claim;
    try {
      claim = await this.call(what, expression);
    } catch (error) {
      watch.end();
      throw error;
    }
    const seen = watch.end();
    if (seen === null) throw new TaskFailed(what, "a few faults", "so many that some could not be recorded");
    return {
      claim,
      faultsIn: ({ address, length }) => seen.filter((at) => at >= address && at < address + BigInt(length)).length,
    };
  }

  /** The VMAs that overlap a range of the process that runs cells, as /proc/pid/maps has them. */
  async vmas({ address, length }: MemoryRange): Promise<readonly MapsEntry[]> {
    const end = address + BigInt(length);
    return this.#look((pid) => readMaps(pid).filter((vma) => vma.start < end && vma.end > address));
  }

  /** Which pages of a range are present, in page-table order. */
  async present(range: MemoryRange): Promise<readonly boolean[]> {
    const pages = wholePages(range);
    return this.#look((pid) => readPagemap(range.address, pages, pid).map(({ present }) => present));
  }

  /** VmFlags of the VMA at an address; empty where there is none. */
  async flags(address: bigint): Promise<readonly string[]> {
    return this.#look((pid) => readVmFlags(address, pid) ?? []);
  }

  /** Bytes of the process, read through /proc/pid/mem. @throws TaskFailed where nothing is mapped there */
  async memory({ address, length }: MemoryRange): Promise<Buffer> {
    if (length > MOST_BYTES) throw new TaskFailed("memory", `at most ${String(MOST_BYTES)} bytes`, String(length));
    return this.#look((pid) => {
      const fd = openSync(`/proc/${String(pid)}/mem`, "r");
      try {
        const bytes = Buffer.alloc(length);
        if (readSync(fd, bytes, 0, length, address) !== length) throw new Error("short");
        return bytes;
      } catch {
        throw new TaskFailed("memory", "readable memory", "nothing that can be read");
      } finally {
        closeSync(fd);
      }
    });
  }

  /** A file that the submission wrote into its folder; null where it is none. Links are not followed. @param name without a folder */
  async file(name: string): Promise<Buffer | null> {
    if (name.includes("/") || name === "..") throw new TypeError(`file: a name without a folder, not ${name}`);
    const folder = await this.#running().workFolder();
    let fd: number;
    try {
      fd = openSync(`${folder}/${name}`, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch {
      return null;
    }
    try {
      const facts = fstatSync(fd);
      return facts.isFile() && facts.size <= MOST_BYTES ? readFileSync(fd) : null;
    } finally {
      closeSync(fd);
    }
  }

  /** Ends the process that runs cells by SIGKILL, as a crash would. The next call starts the submission anew, without its files. */
  async crash(): Promise<void> {
    process.kill(await this.#cellProcess(), "SIGKILL");
    this.#crashed = true;
  }

  /** All its processes, by their numbers outside. */
  async pids(): Promise<readonly number[]> {
    return (await this.#running().processes()).map(({ pid }) => pid);
  }

  /** Ends the submission. The next call starts it anew. */
  async end(): Promise<void> {
    this.#client?.close();
    this.#client = null;
    this.#pid = null;
    this.#crashed = false;
    const sandbox = this.#sandbox;
    this.#sandbox = null;
    await sandbox?.close();
  }

  #running(): Sandbox {
    if (this.#sandbox === null) throw new TaskFailed("the submission", "to run", "it has ended");
    return this.#sandbox;
  }

  async #started(): Promise<KernelClient> {
    if (this.#hopeless !== null) throw this.#hopeless;
    const holdsVariables = !this.#crashed && (this.#pid === null || existsSync(`/proc/${String(this.#pid)}`));
    if (this.#client !== null && this.#sandbox?.running === true && holdsVariables) return this.#client;
    await this.end();
    const sandbox = new Sandbox();
    this.#sandbox = sandbox;
    const client = new KernelClient(await sandbox.endpoint(1), sandbox.key);
    this.#client = client;
    if (!(await client.ready(this.times.start))) {
      const { log } = sandbox;
      await this.end();
      throw new Error(`the kernel in the sandbox did not answer within ${String(this.times.start / 1000)} s. ${log.trim()}`);
    }
    await client.execute(`process.env["MMAPLAB_STUDENT"] = ${JSON.stringify(this.name)};`, null, this.times.cell);
    for (const code of this.cells) {
      if (code.trim() === "") continue;
      const { status } = await client.execute(code, null, this.times.cell);
      if (status !== "silent") continue;
      // What does not end keeps the kernel from everything else.
      await this.end();
      this.#hopeless = new TaskFailed(
        "your cells",
        "to end",
        `one does not end within ${String(this.times.cell / 1000)} s, or ends the kernel`,
      );
      throw this.#hopeless;
    }
    return client;
  }

  /** The process that runs cells, by its number outside. It says which it is; that it is one of the sandbox is checked. */
  async #cellProcess(): Promise<number> {
    const inside = (await this.call("the process", "process.pid")).number(1);
    const found = (await this.#running().processes()).find((one) => one.inside === inside);
    if (found === undefined) throw new TaskFailed("the process", "one of the submission", `number ${String(inside)}`);
    this.#pid ??= found.pid;
    return found.pid;
  }

  /** Looks at the process that runs cells while everything of the submission stands still. */
  async #look<T>(look: (pid: number) => T): Promise<T> {
    const pid = await this.#cellProcess();
    const sandbox = this.#running();
    await sandbox.signal("SIGSTOP");
    try {
      return look(pid);
    } finally {
      await sandbox.signal("SIGCONT");
    }
  }
}

function wholePages({ length }: MemoryRange): number {
  const pages = Math.ceil(length / PAGE_SIZE);
  if (pages > MOST_PAGES) throw new TaskFailed("memory", `at most ${String(MOST_PAGES)} pages`, String(pages));
  return pages;
}
