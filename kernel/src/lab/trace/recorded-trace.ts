/** `lab.trace()`: what was done so far, to be kept, looked at and replayed. */
import { writeFileSync } from "node:fs";
import { string } from "../../linux/arguments.js";
import { TRACE_EXTENSION, encodeTrace, type Trace } from "../../model/index.js";
import type { ObservationView, TableView } from "../../views/index.js";
import { DISPLAY, mimeBundle } from "../publish.js";
import { embedded } from "./embed.js";

/** A trace of a lab. Printed in a cell it is a small table, from which it can be opened. */
export class RecordedTrace {
  /** Made by `lab.trace()`. */
  constructor(
    /** The trace as data. */
    readonly trace: Trace,
  ) {}

  /** How many calls it holds. */
  get length(): number {
    return this.trace.steps.length;
  }

  /**
   * Writes it to a file that JupyterLab opens and `mmaplab replay` runs. A file that is there is replaced.
   * @param path relative to the notebook's folder, or absolute; it ends with `.mmaptrace.json`
   * @returns this trace
   * @throws TypeError for another name; the error of the file system where the file cannot be written
   */
  save(path: string): this {
    string("save: path", path);
    if (!path.endsWith(TRACE_EXTENSION))
      throw new TypeError(`save: the name of a trace ends with ${TRACE_EXTENSION}, so that JupyterLab knows it: ${path}${TRACE_EXTENSION}`);
    writeFileSync(path, encodeTrace(this.trace));
    return this;
  }

  /** The trace as an output shows it. */
  get view(): ObservationView {
    const title = `Trace: ${this.trace.title}`;
    return { kind: "observation", title, views: [this.#table(title)], trace: embedded(this.trace) };
  }

  /** How a cell shows it. */
  [DISPLAY](): Record<string, unknown> {
    return mimeBundle(this.view);
  }

  #table(title: string): TableView {
    const { steps, prologue, release, leftOut } = this.trace;
    const results = steps.flatMap(({ result }) => result ?? []);
    const sum = (which: "minor" | "major"): number => results.reduce((total, { counts }) => total + counts[which], 0);
    const failed = results.filter(({ outcome }) => outcome.kind !== "value").length;
    const rows: readonly (readonly [string, string])[] = [
      ["calls", String(steps.length)],
      ...(prologue === 0 ? [] : [["of which come before", String(prologue)] as const]),
      ["minor faults", String(sum("minor"))],
      ["major faults", String(sum("major"))],
      ["ended with an error or a signal", String(failed)],
      ["kernel", release],
    ];
    return {
      kind: "table",
      title,
      headings: ["", "value"],
      rows: rows.map((row) => row.map((text) => ({ text }))),
      caption: [...leftOut, `Keep it with .save("name${TRACE_EXTENSION}").`].join(" "),
    };
  }
}
