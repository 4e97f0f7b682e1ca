/**
 * The supervisor's end of the TypeScript service: asks, and starts it anew when it fails. The service can be lost without
 * harm, because the sources of all cells that hold are kept here and given to the next one.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { ProcessArguments, ServiceReady, ServiceReply, ServiceRequest } from "../runtime/frames.js";
import { readJsonLines } from "../runtime/json-lines.js";
import { SERVICE_FLAGS, usableSnapshot } from "../runtime/typescript/snapshot-record.js";

const ENTRY = fileURLToPath(new URL("../runtime/typescript/main.js", import.meta.url));

/**
 * glibc gives memory back to the system as soon as it is freed, mallopt(3): what Node allocates while it reads a snapshot would stay
 * in the service as 10 MB of nothing.
 */
const MEMORY_RETURNED = { MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_TRIM_THRESHOLD_: "131072" };

/** Only the usual service has a snapshot. */
function usableSnapshotOf(entry: string): string | null {
  return entry === ENTRY ? usableSnapshot() : null;
}

type WithoutId<Request> = Request extends unknown ? Omit<Request, "id"> : never;
/** A request as callers make it. */
export type Question = WithoutId<ServiceRequest>;
type Child = ChildProcessByStdio<Writable, Readable, null>;

interface Accepted {
  readonly source: string;
  readonly executionCount: number;
}

/** A question without an answer. */
interface Pending {
  readonly line: string;
  readonly resolve: (reply: ServiceReply) => void;
}

export class TypeScriptService {
  readonly #settings: ProcessArguments;
  readonly #entry: string;
  /** The start-up snapshot; null where none fits, or it has failed. */
  #snapshot: string | null;
  readonly #log: (text: string) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #accepted: Accepted[] = [];
  #compiled: Accepted | null = null;
  #child: Child | null = null;
  #nextId = 1;
  #isStopped = false;

  /**
   * @param entry the service's main file, other than the usual one in tests
   * @param snapshot the start-up snapshot of that service, or null
   */
  constructor(settings: ProcessArguments, log: (text: string) => void, entry: string = ENTRY, snapshot = usableSnapshotOf(entry)) {
    this.#settings = settings;
    this.#entry = entry;
    this.#snapshot = snapshot;
    this.#log = log;
  }

  /** Starts the service, so that it is ready when the first cell comes. */
  start(): void {
    if (this.#child === null && !this.#isStopped) this.#child = this.#spawn();
  }

  /** Asks the service. Resolves to a `failed` reply, with the cause, where it cannot answer; never rejects. */
  ask(question: Question): Promise<ServiceReply> {
    this.start();
    this.#note(question);
    return this.#post(question);
  }

  /** Ends the service at once; the next question starts a fresh one that knows the same cells. */
  restart(): void {
    this.#child?.kill("SIGKILL");
  }

  /** Ends the service for good. */
  stop(): void {
    this.#isStopped = true;
    this.#child?.kill("SIGKILL"); // it keeps nothing; waiting for it to read the end of its stdin would only delay the end
  }

  /** Keeps what a fresh service has to be told. */
  #note(question: Question): void {
    if (question.type === "compile") {
      this.#compiled = { source: question.source, executionCount: question.executionCount };
    } else if (question.type === "accept") {
      if (this.#compiled !== null) this.#accepted.push(this.#compiled);
    } else if (question.type === "reset") {
      this.#accepted.length = 0;
    }
  }

  #post(question: Question): Promise<ServiceReply> {
    const id = this.#nextId++;
    const child = this.#child;
    if (child === null) return Promise.resolve({ id, type: "failed", message: "the kernel is shutting down" });
    return new Promise((resolve) => {
      const line = JSON.stringify({ ...question, id }) + "\n";
      this.#pending.set(id, { line, resolve });
      child.stdin.write(line);
    });
  }

  #spawn(): Child {
    const child = this.#spawnProcess();
    // The cells that hold, told again; their replies are of no interest.
    for (const { source, executionCount } of this.#accepted) {
      void this.#post({ type: "compile", source, executionCount });
      void this.#post({ type: "accept" });
    }
    return child;
  }

  #spawnProcess(): Child {
    const snapshot = this.#snapshot;
    const flags = snapshot === null ? [] : ["--snapshot-blob", snapshot];
    const child = spawn(process.execPath, [...SERVICE_FLAGS, ...flags, this.#entry, JSON.stringify(this.#settings)], {
      cwd: this.#settings.cwd,
      env: { ...MEMORY_RETURNED, ...process.env },
      stdio: ["pipe", "pipe", "inherit"],
      detached: true, // an interrupt signal to the supervisor's group is not meant for it
    });
    let isReady = false;
    readJsonLines(
      child.stdout,
      (value) => {
        isReady = true; // the first thing it says is that
        this.#take(value as ServiceReply | ServiceReady);
      },
      (line) => this.#log(`the TypeScript service printed a line that is no reply: ${line}`),
    );
    child.stdin.on("error", () => undefined); // it is gone; the exit is handled below
    let isGone = false;
    const onGone = (what: string): void => {
      if (isGone) return;
      isGone = true;
      if (snapshot !== null && !isReady && this.#child === child && !this.#isStopped) this.#startWithoutSnapshot(what);
      else this.#onGone(child, what);
    };
    child.on("error", (error) => onGone(`could not be started: ${error.message}`));
    child.on("close", (code, signal) => onGone(signal === null ? `exited with status ${code ?? 0}` : `was ended by ${signal}`));
    this.#child = child;
    return child;
  }

  #take(reply: ServiceReply | ServiceReady): void {
    if (reply.type === "ready") return;
    const asked = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    asked?.resolve(reply);
  }

  /** A snapshot saves time; whatever is wrong with it, the service starts. Nothing that was asked is lost. */
  #startWithoutSnapshot(what: string): void {
    this.#snapshot = null;
    this.#log(`the TypeScript service started from its snapshot ${what}; it is loaded without, which takes a second or two longer`);
    const child = this.#spawnProcess();
    for (const { line } of this.#pending.values()) child.stdin.write(line);
  }

  #onGone(child: Child, what: string): void {
    if (this.#child === child) this.#child = null;
    if (!this.#isStopped) this.#log(`the TypeScript service ${what}`);
    const waiting = [...this.#pending];
    this.#pending.clear();
    for (const [id, { resolve }] of waiting) {
      resolve({ id, type: "failed", message: `the TypeScript service ${what}; a fresh one is started with the next request` });
    }
  }
}
