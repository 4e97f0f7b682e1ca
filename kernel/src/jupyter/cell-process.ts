/**
 * One cell process, as the supervisor holds it: how it is started, what is sent to it, what comes from it, how it died.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { CellCommand, CellFrame, CellProcessArguments, InputAnswer, ProcessArguments } from "../runtime/frames.js";
import { readJsonLines } from "../runtime/json-lines.js";
import { readLimited, type CrashReports } from "./crash-report.js";
import type { CrashExplanation, Death } from "./obituary.js";
import { withLimits } from "./process-limits.js";

const ENTRY = fileURLToPath(new URL("../runtime/cell/main.js", import.meta.url));

/** The end of what the process wrote to stderr by itself, in UTF-16 units: V8's last words are there. */
const KEPT_STDERR = 8192;

/** How long output may take to arrive after the process has ended, in ms; a grandchild may hold the pipes open for ever. */
const DRAIN_MS = 300;

export interface CellProcessOptions extends ProcessArguments {
  /** The heap of V8 may grow to this, in MiB. Memory that is mapped, or in buffers, does not count. */
  readonly heapLimitMib: number;
  /** Private memory that can be written may take this, in MiB; null for no limit. See process-limits.ts. */
  readonly memoryLimitMib: number | null;
  /** Text one cell may print, in UTF-16 units. */
  readonly streamLimit: number;
  /** Another main file than the usual one, and flags for Node; null for the usual one. */
  readonly start: { readonly entry: string; readonly flags: readonly string[] } | null;
  /** How a dying process explains itself; null where it does not. */
  readonly crashReports: CrashReports | null;
}

export interface CellProcessEvents {
  readonly onFrame: (frame: CellFrame) => void;
  /** Text that did not come through JavaScript: native code, child processes, V8 itself. */
  readonly onNativeText: (name: "stdout" | "stderr", text: string) => void;
  /** The process is gone and all it wrote has been handed over. */
  readonly onDeath: (death: Death) => void;
  readonly log: (text: string) => void;
}

/** Node prints this when a process ends whose inspector is in use; here the process itself uses it, and it says nothing to the reader. */
const DEBUGGER_NOTICE = "Waiting for the debugger to disconnect...\n";

export class CellProcess {
  readonly #child: ChildProcess;
  readonly #frames: Socket;
  readonly #commands: Socket;
  readonly #answers: Socket;
  #nativeStderr = "";
  #isGone = false;

  constructor(options: CellProcessOptions, events: CellProcessEvents) {
    const { heapLimitMib, memoryLimitMib, start, crashReports, ...shared } = options;
    const settings: CellProcessArguments = { ...shared, crashReporter: crashReports?.module ?? null };
    const flags = [
      `--max-old-space-size=${heapLimitMib}`,
      // Else an interrupt inside a timer's callback ends Node: it finds its stack of async ids unbalanced.
      "--no-force-async-hooks-checks",
      // Warnings are printed by the process itself, not to stderr.
      "--no-warnings",
      ...(start?.flags ?? []),
    ];
    const [command, ...args] = withLimits(
      [process.execPath, ...flags, start?.entry ?? ENTRY, JSON.stringify(settings)],
      memoryLimitMib,
      events.log,
    );
    this.#child = spawn(command, args, {
      cwd: options.cwd,
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe", "pipe"],
      // A session of its own: Ctrl+C in a terminal is the supervisor's to handle, and the group can be killed whole.
      detached: true,
    });
    const [stdout, stderr, frames, commands, answers, reports] = pipesOf(this.#child);
    const report = readLimited(reports);
    this.#commands = commands;
    this.#answers = answers;
    this.#frames = frames;
    readJsonLines(
      frames,
      (value) => events.onFrame(value as CellFrame),
      (line) => events.log(`a cell wrote to file descriptor 3, which is the kernel's: ${line}`),
    );
    for (const [name, stream] of [["stdout", stdout] as const, ["stderr", stderr] as const]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        const shown = name === "stderr" ? text.replaceAll(DEBUGGER_NOTICE, "") : text;
        if (name === "stderr") this.#nativeStderr = (this.#nativeStderr + shown).slice(-KEPT_STDERR);
        if (shown !== "") events.onNativeText(name, shown);
      });
    }
    // A broken pipe means that the process is gone; its exit is reported below.
    for (const stream of [frames, commands, answers, reports]) stream.on("error", () => undefined);
    this.#child.on("error", (error) => {
      events.log(`the cell process could not be started: ${error.message}`);
      if (this.pid === undefined) events.onDeath({ code: null, signal: null, stderr: error.message, crash: null });
    });
    const explain = (): CrashExplanation | null => {
      try {
        return crashReports?.explain(report(), this.pid ?? 0) ?? null;
      } catch (error) {
        // The bytes come from a process whose memory may be in ruins: the signal alone has to do.
        events.log(`the report of a crash cannot be explained: ${String(error)}`);
        return null;
      }
    };
    this.#child.once("exit", (code, signal) => {
      const announce = (): void => {
        if (this.#isGone) return;
        this.#isGone = true;
        clearTimeout(timer);
        this.#killGroup("SIGKILL"); // what the cells have started and left behind
        events.onDeath({ code, signal, stderr: this.#nativeStderr, crash: signal === null ? null : explain() });
      };
      const timer = setTimeout(announce, DRAIN_MS);
      this.#child.once("close", announce);
    });
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(command: CellCommand): void {
    this.#commands.write(JSON.stringify(command) + "\n");
  }

  answer(input: InputAnswer): void {
    this.#answers.write(JSON.stringify(input) + "\n");
  }

  /** Sends SIGINT to the process and to those it waits for: ends a blocking system call. */
  signal(): void {
    this.#killGroup("SIGINT");
  }

  /** Ends the process and all it has started, whatever state it is in. */
  kill(): void {
    this.#killGroup("SIGKILL");
  }

  /** Takes no frames until `relief` resolves; the process waits in its next output meanwhile. */
  holdUntil(relief: Promise<void>): void {
    this.#frames.pause();
    void relief.then(() => this.#frames.resume());
  }

  /** Resolves when what the process had written to fd 1 and 2 before its last frame has been handed over. */
  async nativeTextDrained(): Promise<void> {
    // It was in the pipes before that frame was, so the next look of the event loop at the descriptors finds it.
    // The first wait ends in the turn that read the frame, the second after the next turn.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  #killGroup(signal: NodeJS.Signals): void {
    if (this.pid === undefined) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // ESRCH: it is gone already, which is what is wanted.
    }
  }
}

/** The ends of the pipes on fd 1 to 6 of the child; Node makes each a socket. */
function pipesOf(child: ChildProcess): readonly [Socket, Socket, Socket, Socket, Socket, Socket] {
  const stdio: readonly unknown[] = child.stdio;
  const pipe = (fd: number): Socket => {
    const end = stdio[fd];
    if (!(end instanceof Socket)) throw new Error(`the cell process has no pipe on file descriptor ${fd}`);
    return end;
  };
  return [pipe(1), pipe(2), pipe(3), pipe(4), pipe(5), pipe(6)];
}
