/**
 * What /proc says in the run that is tested, read by cells that the test adds to its copy of the notebook. They use
 * Node's `fs` only and nothing of mmaplab, so that they are a witness of their own.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Cell } from "./notebook-page.js";

/** A line of /proc/self/maps; for ranges of up to 256 pages also which pages are present, "1" or "0" each. */
export interface MapsLine {
  readonly start: bigint;
  readonly end: bigint;
  readonly perms: string;
  readonly present: string | null;
}

/** How the ids of the added cells start. */
export const FACTS_ID = "facts-";

const DEFINE = `
import * as procfs from "node:fs";
function printFacts(cell: string) {
  const pagemap = procfs.openSync("/proc/self/pagemap", "r");
  const maps = procfs.readFileSync("/proc/self/maps", "latin1").trim().split("\\n").map((line) => {
    const [range = "", perms = ""] = line.split(" ");
    const [start, end] = range.split("-").map((text) => BigInt("0x" + text));
    const pages = Number((end! - start!) / 4096n);
    // The last line, [vsyscall], lies in the kernel's half, which pagemap does not cover.
    if (pages > 256 || start! >> 63n) return [range, perms, null];
    const entries = Buffer.alloc(pages * 8);
    const got = procfs.readSync(pagemap, entries, 0, entries.length, Number(start! / 4096n) * 8) / 8;
    let present = "";
    for (let page = 0; page < got; page += 1) present += entries.readUInt32LE(page * 8 + 4) >>> 31;
    return [range, perms, present];
  });
  procfs.closeSync(pagemap);
  console.log(JSON.stringify({ facts: cell, maps }));
}
`.trim();

/** Adds a cell after each code cell that prints what /proc says at that point. */
export function addFactCells(notebookFile: string): void {
  const notebook = JSON.parse(readFileSync(notebookFile, "utf8")) as { cells: Cell[] };
  const code = (id: string, source: string): Cell & { metadata: object } => ({
    id: `${FACTS_ID}${id}`,
    cell_type: "code",
    source,
    metadata: {},
    execution_count: null,
    outputs: [],
  });
  notebook.cells = [
    code("define", DEFINE),
    ...notebook.cells.flatMap((cell) =>
      cell.cell_type === "code" ? [cell, code(cell.id, `printFacts(${JSON.stringify(cell.id)})`)] : [cell],
    ),
  ];
  writeFileSync(notebookFile, JSON.stringify(notebook));
}

export function isFactCell(cell: Cell): boolean {
  return cell.id.startsWith(FACTS_ID);
}

/** What was printed after each cell, by the id of that cell. */
export function readFacts(cells: readonly Cell[]): ReadonlyMap<string, readonly MapsLine[]> {
  const facts = new Map<string, readonly MapsLine[]>();
  for (const cell of cells.filter(isFactCell)) {
    const text = textOf(cell);
    if (text === "") continue;
    const { facts: id, maps } = JSON.parse(text) as { facts: string; maps: [string, string, string | null][] };
    facts.set(
      id,
      maps.map(([range, perms, present]) => {
        const [start = "", end = ""] = range.split("-");
        return { start: BigInt(`0x${start}`), end: BigInt(`0x${end}`), perms, present };
      }),
    );
  }
  return facts;
}

/** All that a cell has printed. */
export function textOf(cell: Cell): string {
  return (cell.outputs ?? [])
    .filter((output) => output.output_type === "stream" && output.name === "stdout")
    .flatMap((output) => output.text ?? [])
    .join("");
}
