/**
 * Where a cell's output goes: standard streams, console, displays. Each output carries the execution it belongs to.
 */
import { Console } from "node:console";
import { StringDecoder } from "node:string_decoder";
import type { MimeBundle } from "../frames.js";
import type { OutputLimit } from "../output-limit.js";
import type { CurrentExecution } from "./current-execution.js";
import { DisplayLimit } from "./display-limit.js";
import { encodeFrame, writeEncoded, writeFrame } from "./frame-writer.js";
import { show } from "./error-report.js";
import { presentValueOrBundle } from "./presentation.js";

/** One frame holds at most this much text, so that no pipe and no browser gets one line of 500 MB. */
const FRAME_TEXT = 64 * 1024;

export interface PublishOptions {
  /** For later updates. */
  readonly displayId?: string;
  /** Replaces the data of the displays made with the same `displayId`. */
  readonly update?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

type StreamName = "stdout" | "stderr";

export class Output {
  readonly #executions: CurrentExecution;
  readonly #limit: OutputLimit;
  readonly #displayLimit = new DisplayLimit();

  constructor(executions: CurrentExecution, limit: OutputLimit) {
    this.#executions = executions;
    this.#limit = limit;
  }

  /** Sends text to a stream of the current execution. */
  stream(name: StreamName, text: string): void {
    const execution = this.#executions.current.id;
    const admitted = this.#limit.admit(execution, text);
    for (let at = 0; at < admitted.text.length; at += FRAME_TEXT) {
      writeFrame({ type: "stream", name, text: admitted.text.slice(at, at + FRAME_TEXT), execution });
    }
    // To stdout: it is no failure of the cell, and graders take stderr for one.
    if (admitted.notice !== null) writeFrame({ type: "stream", name: "stdout", text: admitted.notice, execution });
  }

  /**
   * Displays a bundle.
   *
   * @returns the id of the execution the output went to
   * @throws RangeError where it is larger than any front end takes
   */
  publish(data: MimeBundle, options: PublishOptions = {}): number {
    const { displayId, update = false, metadata = {} } = options;
    if (update && displayId === undefined) throw new TypeError("an update needs the displayId of the display it replaces");
    const execution = this.#executions.current.id;
    const kind = update ? "updates" : "displays";
    if (this.#displayLimit.isFull(execution, kind)) return execution;
    const frame = encodeFrame({ type: "display", data, metadata, update, execution, ...(displayId === undefined ? {} : { displayId }) });
    const verdict = this.#displayLimit.admit(execution, kind, frame.length);
    if (verdict === "send") writeEncoded(frame);
    // To stdout, as the notice of cut text.
    else if (verdict === "notice") writeFrame({ type: "stream", name: "stdout", text: this.#displayLimit.notice(kind), execution });
    return execution;
  }

  /** The `display` of cells: a value in all the forms it has, or a bundle. Resolves later only for values that show themselves asynchronously. */
  display(value: unknown, options: PublishOptions = {}): void | Promise<void> {
    const bundle = presentValueOrBundle(value);
    if (bundle instanceof Promise) {
      return bundle.then((data) => {
        if (data !== null) this.publish(data, options);
      });
    }
    if (bundle !== null) this.publish(bundle, options);
  }

  /** Removes the outputs of the current cell; with `wait`, only when the next one comes. */
  clear(wait: boolean): void {
    writeFrame({ type: "clear", wait, execution: this.#executions.current.id });
  }

  /** Puts this in the place of the process's streams and console. */
  install(): void {
    for (const name of ["stdout", "stderr"] as const) {
      const decoder = new StringDecoder("utf8");
      const write = (chunk: unknown, encodingOrCallback?: unknown, callback?: unknown): boolean => {
        if (this.#limit.isFull(this.#executions.current.id)) {
          // Dropped before it is decoded: an endless loop of prints should cost as little as it can.
        } else if (typeof chunk === "string") {
          this.stream(name, decoder.end() + chunk);
        } else if (chunk instanceof Uint8Array) {
          this.stream(name, decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
        } else {
          throw new TypeError(`process.${name}.write takes a string or a Uint8Array, not ${typeof chunk}`);
        }
        const done = typeof encodingOrCallback === "function" ? encodingOrCallback : callback;
        if (typeof done === "function") process.nextTick(done);
        return true;
      };
      Object.defineProperty(process[name], "write", { value: write, configurable: true, writable: true });
    }
    const console = new Console({ stdout: process.stdout, stderr: process.stderr, colorMode: false });
    // A warning is no failure, and graders give no points where anything is on stderr.
    console.warn = console.log.bind(console);
    console.trace = (...args: unknown[]): void => {
      const here = new Error(args.map((arg) => (typeof arg === "string" ? arg : show(arg))).join(" "));
      here.name = "Trace";
      console.log(here.stack ?? here.message);
    };
    // Not Node's own console: that also hands every argument to the inspector, which keeps them alive.
    Object.defineProperty(globalThis, "console", { value: console, configurable: true, writable: true, enumerable: false });
    process.on("warning", (warning) => {
      // Of these the loader of imports causes one itself, and none is about what a cell does wrong.
      if (warning.name !== "ExperimentalWarning")
        this.stream(
          "stdout",
          `${warning.name}: ${warning.message}
`,
        );
    });
  }
}
