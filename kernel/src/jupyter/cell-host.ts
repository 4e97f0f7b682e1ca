/**
 * Keeps a cell process alive: sends it what is to be run, passes on what it puts out, and replaces it when it dies.
 */
import type { CellFrame, CommFrame, CompiledCell, ErrorReport, InputAnswer } from "../runtime/frames.js";
import { OutputLimit } from "../runtime/output-limit.js";
import { CellProcess, type CellProcessOptions } from "./cell-process.js";
import type { IoPub, StreamName } from "./iopub.js";
import type { Header } from "./message.js";
import { explainDeath, explainQuietDeath, type Death, type Intent } from "./obituary.js";
import type { OpenComms } from "./open-comms.js";

/** How an execution ended. */
export type Ending = Extract<CellFrame, { type: "done" }> | { readonly status: "died"; readonly error: ErrorReport };

/** How a cell is run. */
export interface RunOptions {
  readonly executionCount: number;
  /** The request it is run for; its outputs belong to it. */
  readonly parent: Header;
  /** Whether front ends get to see its outputs. */
  readonly broadcasts: boolean;
  /** Whether the value of the last expression is wanted. */
  readonly wantsResult: boolean;
}

/** Where the outputs of an execution go. */
type Owner = Pick<RunOptions, "parent" | "broadcasts">;

interface Pending {
  readonly executionCount: number | null;
  /** The line of the cell that was begun last; null where none was. */
  line: number | null;
  readonly end: (ending: Ending) => void;
}

/** A question of a cell to the person at the front end; `answer` may be called once. */
export interface Question {
  readonly prompt: string;
  readonly password: boolean;
  readonly execution: number;
  readonly answer: (answer: InputAnswer) => void;
}

export interface CellHostEvents {
  readonly onQuestion: (question: Question) => void;
  /** The variables are gone. */
  readonly onReplaced: () => void;
  readonly log: (text: string) => void;
}

/** Outputs of executions older than this many find their cell no more and go to the latest one. */
const REMEMBERED_EXECUTIONS = 1000;

/** Two deaths this close, in ms, without a cell in between: the next process is not started before it is needed. */
const RESPAWN_PAUSE_MS = 1000;

export class CellHost {
  readonly #options: CellProcessOptions;
  readonly #iopub: IoPub;
  readonly #comms: OpenComms;
  readonly #events: CellHostEvents;
  readonly #owners = new Map<number, Owner>();
  /** What was printed before the first cell, such as the failure of the prelude: shown in the first one. */
  readonly #early: { readonly name: StreamName; readonly text: string }[] = [];
  readonly #pending = new Map<number, Pending>();
  readonly #nativeLimit: OutputLimit;
  #process: CellProcess | null = null;
  /** Whether the process has loaded the prelude and runs cells. */
  #isReady = false;
  #terminateWhenReady: number | null = null;
  #nextId = 1;
  #latest = 0;
  #intent: Intent = null;
  #lastQuietDeath = -Infinity;
  #isStopped = false;

  constructor(options: CellProcessOptions, iopub: IoPub, comms: OpenComms, events: CellHostEvents) {
    this.#options = options;
    this.#iopub = iopub;
    this.#comms = comms;
    this.#events = events;
    this.#nativeLimit = new OutputLimit(options.streamLimit);
  }

  /** Starts the process, so that it is ready when the first cell comes. */
  start(): void {
    if (this.#process === null && !this.#isStopped) this.#process = this.#spawn();
  }

  /** Runs a cell; resolves when it has ended, also by the death of the process. */
  run(cell: CompiledCell, { executionCount, parent, broadcasts, wantsResult }: RunOptions): { id: number; ending: Promise<Ending> } {
    const id = this.#register({ parent, broadcasts });
    this.#latest = id;
    if (broadcasts) for (const { name, text } of this.#early.splice(0)) this.#iopub.stream(name, text, parent);
    const command = { type: "run", id, executionCount, cell, silent: !wantsResult } as const;
    const ending = this.#send(id, executionCount, (process) => process.send(command));
    return { id, ending };
  }

  /** Hands a comm message of the front end over; resolves when it has been handled. */
  deliver(comm: CommFrame, parent: Header): Promise<Ending> {
    const id = this.#register({ parent, broadcasts: true });
    return this.#send(id, null, (process) => process.send({ type: "comm", id, comm }));
  }

  /** The id of the oldest comm message that is still being handled; null where none is. */
  get delivery(): number | null {
    return [...this.#pending].find(([, { executionCount }]) => executionCount === null)?.[0] ?? null;
  }

  /** First step of an interrupt: V8 ends the execution. */
  terminate(id: number): void {
    if (this.#isReady) this.#process?.send({ type: "terminate", id });
    else this.#terminateWhenReady = id; // it has not begun yet
  }

  /** Second step: a signal ends a blocking system call. Not of a process that still starts: it makes none, and the signal would end it. */
  signal(): void {
    if (this.#isReady) this.#process?.signal();
  }

  /** Last step: the process is ended and replaced. */
  replace(intent: Intent): void {
    this.#intent = intent;
    this.#process?.kill();
  }

  /** Ends the process for good. */
  stop(): void {
    this.#isStopped = true;
    this.#process?.kill();
  }

  #register(owner: Owner): number {
    const id = this.#nextId++;
    this.#owners.set(id, owner);
    if (this.#owners.size > REMEMBERED_EXECUTIONS) this.#owners.delete(this.#owners.keys().next().value ?? 0);
    return id;
  }

  #send(id: number, executionCount: number | null, send: (process: CellProcess) => void): Promise<Ending> {
    return new Promise((end) => {
      this.#pending.set(id, { executionCount, line: null, end });
      this.start();
      if (this.#process !== null) send(this.#process);
    });
  }

  #spawn(): CellProcess {
    const cellProcess: CellProcess = new CellProcess(this.#options, {
      onFrame: (frame) => this.#take(frame, cellProcess),
      onNativeText: (name, text) => this.#publishNative(name, text),
      onDeath: (death) => this.#onDeath(cellProcess, death),
      log: this.#events.log,
    });
    return cellProcess;
  }

  #publishNative(name: StreamName, text: string): void {
    const admitted = this.#nativeLimit.admit(this.#latest, text);
    const owner = this.#ownerOf(this.#latest);
    if (admitted.text !== "") this.#stream(name, admitted.text, owner);
    if (admitted.notice !== null) this.#stream("stdout", admitted.notice, owner);
  }

  #stream(name: StreamName, text: string, owner: Owner | null): void {
    if (owner === null) this.#early.push({ name, text });
    else if (owner.broadcasts) this.#iopub.stream(name, text, owner.parent);
  }

  #ownerOf(execution: number): Owner | null {
    return this.#owners.get(execution) ?? this.#owners.get(this.#latest) ?? null;
  }

  #take(frame: CellFrame, from: CellProcess): void {
    if (frame.type === "ready") {
      this.#onReady(from);
      return;
    }
    if (frame.type === "done") {
      void from.nativeTextDrained().then(() => this.#end(frame.id, frame));
      return;
    }
    if (frame.type === "line") {
      for (const pending of this.#pending.values()) if (pending.executionCount === frame.executionCount) pending.line = frame.line;
      return;
    }
    if (frame.type === "input") {
      this.#events.onQuestion({ ...frame, answer: (answer) => from.answer(answer) });
      return;
    }
    const owner = this.#ownerOf(frame.execution);
    this.#publish(frame, owner);
    const relief = this.#iopub.relief;
    if (relief !== null) from.holdUntil(relief);
  }

  #onReady(from: CellProcess): void {
    if (this.#process !== from) return;
    this.#isReady = true;
    const id = this.#terminateWhenReady;
    this.#terminateWhenReady = null;
    if (id !== null) this.terminate(id);
  }

  #publish(frame: Exclude<CellFrame, { type: "ready" | "done" | "input" | "line" }>, owner: Owner | null): void {
    const parent = owner?.parent ?? null;
    if (frame.type === "comm") {
      this.#comms.publish(frame.comm, parent);
      return;
    }
    if (frame.type === "stream") {
      this.#stream(frame.name, frame.text, owner);
    } else if (owner?.broadcasts === false) {
      return;
    } else if (frame.type === "clear") {
      this.#iopub.publish("clear_output", { wait: frame.wait }, parent);
    } else {
      const transient = frame.displayId === undefined ? {} : { display_id: frame.displayId };
      const content = { data: frame.data, metadata: frame.metadata, transient };
      this.#iopub.publish(frame.update ? "update_display_data" : "display_data", content, parent);
    }
  }

  #end(id: number, ending: Ending): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.end(ending);
  }

  #onDeath(cellProcess: CellProcess, death: Death): void {
    if (this.#process !== cellProcess) return;
    this.#process = null;
    this.#isReady = false;
    this.#terminateWhenReady = null;
    if (this.#isStopped) return;
    const intent = this.#intent;
    this.#intent = null;
    const waiting = [...this.#pending];
    this.#pending.clear();
    this.#comms.closeAll(this.#ownerOf(this.#latest)?.parent ?? null);
    this.#events.onReplaced();
    const limits = this.#options;
    for (const [, { executionCount, line, end }] of waiting) {
      const cell = executionCount === null ? null : { executionCount, line };
      end({ status: "died", error: explainDeath(death, intent, cell, limits) });
    }
    if (waiting.some(([, { executionCount }]) => executionCount !== null)) {
      this.start();
      return;
    }
    const owner = this.#ownerOf(this.#latest);
    const wasHandling = waiting.length > 0;
    const text = wasHandling ? `${explainDeath(death, intent, null, limits).traceback.join("\n")}\n` : explainQuietDeath(death, limits);
    this.#stream("stderr", text, owner);
    const now = performance.now();
    // A process that dies by itself again and again, say in the prelude, is started only when a cell needs it.
    if (now - this.#lastQuietDeath > RESPAWN_PAUSE_MS) this.start();
    this.#lastQuietDeath = now;
  }
}
