/**
 * Page faults of a thread as perf software events: minor and major ones as a group that shares one ring. Those of this thread
 * are switched on and off by steps of the program under study, so that Node's own faults are not among them; those of another
 * process, which runs nothing but programs, from here.
 */
import { readFileSync } from "node:fs";
import { Errno, argument, close, errnoOfResult, mapOwnMemory, rawSyscall, syscallNumber } from "../../linux/index.js";
import { scratch } from "../../linux/scratch.js";
import type { Program, ProgramBuffer } from "../program.js";
import type { ProgramRun } from "../run.js";
import { PERF_FAULTS, SAMPLE_RECORD, faultEventAttr, type FaultEvent } from "./perf-attr.js";
import { PerfRing, type RingSample } from "./perf-ring.js";

const IOC_ENABLE = 0x2400;
const IOC_DISABLE = 0x2401;
const IOC_RESET = 0x2403;
const IOC_SET_OUTPUT = 0x2405;
const IOC_ID = 0x80082407;
const IOC_FLAG_GROUP = 1;
const FLAG_FD_CLOEXEC = 8;
const PAGE_BYTES = 4096;

/** The most an unprivileged user may have by default (kernel.perf_event_mlock_kb is 516: 512 and the control page). */
const MOST_PAGES = 128;
const FIRST_PAGES = 16;

/** What a program must be told so that its faults are recorded. */
export interface PerfBracket {
  /** Holds the group's counts after the run. */
  readonly counts: ProgramBuffer;
}

/** What was recorded, and how many faults the ring could not hold. */
export interface PerfReading {
  readonly faults: readonly PerfFault[];
  readonly lost: number;
}

/** One fault from the ring. */
export interface PerfFault extends Omit<RingSample, "identifier"> {
  readonly kind: "minor" | "major";
}

function openEvent(event: FaultEvent, group: number, pid: number): number {
  const attr = faultEventAttr(event);
  const memory = mapOwnMemory(attr.length);
  try {
    memory.bytes.set(attr);
    const result = rawSyscall(syscallNumber("perf_event_open"), [memory.address, pid, -1, group, FLAG_FD_CLOEXEC]);
    const code = errnoOfResult(result);
    if (code !== undefined)
      throw new Errno("perf_event_open", code, [
        argument("attr", "page faults"),
        argument("pid", pid === 0 ? "0 (this thread)" : String(pid)),
      ]);
    return Number(result);
  } finally {
    rawSyscall(syscallNumber("munmap"), [memory.address, memory.bytes.length]);
  }
}

function eventId(fd: number): bigint {
  const memory = mapOwnMemory(8);
  try {
    const code = errnoOfResult(rawSyscall(syscallNumber("ioctl"), [fd, IOC_ID, memory.address]));
    if (code !== undefined) throw new Errno("ioctl", code, [argument("fd", `fd ${fd}`), argument("op", "PERF_EVENT_IOC_ID")]);
    return new DataView(memory.bytes.buffer, memory.bytes.byteOffset).getBigUint64(0, true);
  } finally {
    rawSyscall(syscallNumber("munmap"), [memory.address, memory.bytes.length]);
  }
}

/** Why perf_event_open refused, and what to do. */
export function perfRefusal(error: Errno): string {
  switch (error.code) {
    case "EACCES":
      return `kernel.perf_event_paranoid is ${paranoid()}; perf events of one's own faults need 2 or less, or CAP_PERFMON (sysctl kernel.perf_event_paranoid=2)`;
    case "EPERM":
      return "perf_event_open is blocked, as in a container by default: allow it in the seccomp profile or add CAP_PERFMON";
    case "ENOSYS":
      return "the kernel was built without perf events";
    default:
      return error.message;
  }
}

function paranoid(): string {
  try {
    return readFileSync("/proc/sys/kernel/perf_event_paranoid", "latin1").trim();
  } catch {
    return "unknown (/proc/sys/kernel/perf_event_paranoid cannot be read)";
  }
}

/** The open pair of events with their ring. */
export class PerfFaults {
  readonly #minor: number;
  readonly #major: number;
  readonly #majorId: bigint;
  #ring: PerfRing;
  /** Data pages asked for: asking again for what the machine refused is of no use. */
  #pages = FIRST_PAGES;

  /**
   * Opens the events.
   * @param kernel also faults taken inside the kernel
   * @param pid another process of the same user, whose first thread is meant; the calling thread unless told
   * @throws Errno as perf_event_open(2) and mmap(2) fail
   */
  constructor(
    readonly kernel: boolean,
    pid = 0,
  ) {
    const undo: (() => void)[] = [];
    try {
      this.#minor = openEvent({ config: PERF_FAULTS.minor, kernel, leader: true }, -1, pid);
      undo.push(() => close(this.#minor));
      this.#ring = this.#largestRing(FIRST_PAGES);
      undo.push(() => this.#ring.close());
      this.#major = openEvent({ config: PERF_FAULTS.major, kernel, leader: false }, this.#minor, pid);
      undo.push(() => close(this.#major));
      this.#majorId = eventId(this.#major);
      this.#shareRing();
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw error;
    }
  }

  /** How many faults fit before some are lost. */
  get capacity(): number {
    return this.#ring.capacity;
  }

  /** The ring of `pages`, or half as often as the machine's limit forces. */
  #largestRing(pages: number): PerfRing {
    for (let size = pages; ; size /= 2) {
      try {
        return new PerfRing(this.#minor, size);
      } catch (error) {
        const tooLarge = error instanceof Errno && (error.code === "EPERM" || error.code === "ENOMEM");
        if (!tooLarge || size === 1) throw error;
      }
    }
  }

  #shareRing(): void {
    const code = errnoOfResult(rawSyscall(syscallNumber("ioctl"), [this.#major, IOC_SET_OUTPUT, this.#minor]));
    if (code !== undefined) throw new Errno("ioctl", code, [argument("op", "PERF_EVENT_IOC_SET_OUTPUT")]);
  }

  /**
   * Makes the ring large enough, as far as the machine allows.
   * @param faults how many are expected in one program
   */
  reserve(faults: number): void {
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, (faults * SAMPLE_RECORD.bytes) / PAGE_BYTES)));
    const pages = Math.min(MOST_PAGES, wanted);
    if (faults <= this.capacity || pages <= this.#pages) return;
    // The other event leaves the ring first: a ring in use by two is not freed by unmapping it.
    rawSyscall(syscallNumber("ioctl"), [this.#major, IOC_SET_OUTPUT, -1]);
    this.#ring.close();
    this.#ring = this.#largestRing(pages);
    this.#pages = pages;
    this.#shareRing();
  }

  /** Adds the steps that switch the events on. */
  begin(program: Program): void {
    program.syscall("ioctl", [this.#minor, IOC_RESET, IOC_FLAG_GROUP]);
    program.syscall("ioctl", [this.#minor, IOC_ENABLE, IOC_FLAG_GROUP]);
  }

  /** Adds the steps that switch them off and read the counts. */
  end(program: Program): PerfBracket {
    program.syscall("ioctl", [this.#minor, IOC_DISABLE, IOC_FLAG_GROUP]);
    const counts = program.buffer(24);
    program.syscall("read", [this.#minor, counts, 24]);
    return { counts };
  }

  /** The faults of a run, and how many the ring could not hold. */
  read(run: ProgramRun, { counts }: PerfBracket): PerfReading {
    return this.#drain(run.view(counts));
  }

  /** The faults that another process takes while `run` has it do something. */
  around<T>(run: () => T): { readonly result: T; readonly reading: PerfReading } {
    this.#control(IOC_RESET);
    this.#control(IOC_ENABLE);
    let result: T;
    try {
      result = run();
    } finally {
      this.#control(IOC_DISABLE);
    }
    const counts = scratch(24);
    rawSyscall(syscallNumber("read"), [this.#minor, counts.address, 24]);
    return { result, reading: this.#drain(new DataView(counts.bytes.buffer, counts.bytes.byteOffset, 24)) };
  }

  #control(request: number): void {
    rawSyscall(syscallNumber("ioctl"), [this.#minor, request, IOC_FLAG_GROUP]);
  }

  /** Empties the ring. @param view what read(2) of the group gave */
  #drain(view: DataView): PerfReading {
    const { samples } = this.#ring.drain();
    const counted = Number(view.getBigUint64(8, true) + view.getBigUint64(16, true));
    const faults = samples.map(({ identifier, timeNs, address, inKernel }) => ({
      kind: identifier === this.#majorId ? ("major" as const) : ("minor" as const),
      timeNs,
      address,
      inKernel,
    }));
    return { faults, lost: Math.max(0, counted - faults.length) };
  }

  /** Closes the events. */
  close(): void {
    this.#ring.close();
    close(this.#major);
    close(this.#minor);
  }
}
