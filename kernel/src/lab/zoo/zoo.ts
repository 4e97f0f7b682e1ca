/** `zoo`: every error and signal of the mmap family, caused for real. */
import { release } from "node:os";
import type { TableView } from "../../views/index.js";
import { DISPLAY, mimeBundle } from "../publish.js";
import { chosenRows } from "./choose.js";
import type { ZooRow } from "./row.js";
import { hindrance, runRow, type RowReport } from "./run-row.js";
import { reportsTable, rowsTable } from "./tables.js";

/** How rows are run. */
export interface ZooOptions {
  /** Also runs rows that change the whole system while they run: a swap file, fs.file-max, a loop device. They undo it. */
  readonly allowSystemChanges?: boolean;
}

/** Rows of the zoo, and what came of them where they were run. Printed in a cell it is a table. */
export class Zoo {
  /** Made by `zoo`. */
  constructor(
    /** The rows. */
    readonly rows: readonly ZooRow[],
    /** What came of each, in the same order; none where they were only listed. */
    readonly reports: readonly RowReport[],
    private readonly title: string,
  ) {}

  /** The rows that did not end as they say. */
  get differing(): readonly RowReport[] {
    return this.reports.filter(({ verdict }) => verdict === "differs");
  }

  /** The table as data. */
  get view(): TableView {
    return this.reports.length === 0 ? rowsTable(this.rows, this.title) : reportsTable(this.reports, this.title);
  }

  /** How a cell shows it. */
  [DISPLAY](): Record<string, unknown> {
    return mimeBundle(this.view);
  }
}

/** Runs rows, or says what keeps them from being run. */
export function runRows(rows: readonly ZooRow[], options: ZooOptions = {}): readonly RowReport[] {
  const here = release();
  const changes = options.allowSystemChanges === true ? "allowed" : "forbidden";
  return rows.map((row): RowReport => {
    const lack = hindrance(row, here, changes);
    if (lack !== undefined) return { row, verdict: "not run", came: lack, model: undefined, reason: [] };
    try {
      return runRow(row);
    } catch (error) {
      // The other rows still get their turn.
      return { row, verdict: "differs", came: error instanceof Error ? error.message : String(error), model: undefined, reason: [] };
    }
  });
}

/**
 * The errno and signal zoo. Without arguments it lists every row: which call ends with which error, when, and what that
 * needs. With a call, and perhaps an error, it causes each for real, in a process of its own, and asks the model too.
 * @param call e.g. "mmap"; "load", "store" and "fetch" are accesses that end in a signal
 * @param error e.g. "EINVAL" or "SIGBUS"
 * @param options whether rows that change the system may run
 * @throws RangeError where no row is of that call or error; TypeError for arguments that are no text
 */
export function zoo(call?: string, error?: string, options: ZooOptions = {}): Zoo {
  for (const [name, value] of [
    ["call", call],
    ["error", error],
  ] as const)
    if (value !== undefined && typeof value !== "string")
      throw new TypeError(`zoo: ${name} is a name such as "mmap" or "EINVAL", not ${String(value)}`);
  const rows = chosenRows(call, error);
  if (call === undefined) return new Zoo(rows, [], "The errors and signals of the mmap family");
  return new Zoo(rows, runRows(rows, options), `${call}${error === undefined ? "" : ` ${error}`}: what came`);
}
