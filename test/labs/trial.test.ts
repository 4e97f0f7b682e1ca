/**
 * "The article on trial": its verdicts come from its experiments. Each experiment is run a second time with one condition turned
 * round, and its verdict must be another one then.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { errorsOf, executeNotebook, readNotebook, wholeText, type Notebook } from "./execute-notebook.mjs";
import { GUIDED, pathOf } from "./guided-notebooks.mjs";

/** A claim, the verdict on it, and a change of its experiment that leads to another one. */
interface Trial {
  readonly claim: number;
  readonly verdict: string;
  /** Text of the experiment, and what takes its place. */
  readonly turn: readonly [from: string, to: string];
  readonly turned: string;
}

const TRIALS: readonly Trial[] = [
  { claim: 1, verdict: "true", turn: ["const size = PAGE_SIZE + 100;", "const size = 2 * PAGE_SIZE;"], turned: "half true" },
  { claim: 2, verdict: "half true", turn: ["const bytes = 1;", "const bytes = PAGE_SIZE;"], turned: "true" },
  { claim: 3, verdict: "half true", turn: ["const prepared = false;", "const prepared = true;"], turned: "true" },
  { claim: 4, verdict: "half true", turn: ["const further = 3 * PAGE_SIZE;", "const further = PAGE_SIZE + 300;"], turned: "true" },
  { claim: 5, verdict: "half true", turn: ['looks: string = "late"', 'looks: string = "at once"'], turned: "true" },
  {
    claim: 6,
    verdict: "half true",
    turn: ['"EPERM", "ETXTBSY"];', '"EPERM", "ETXTBSY", "EEXIST", "EOPNOTSUPP", "EOVERFLOW"];'],
    turned: "true",
  },
  {
    claim: 7,
    verdict: "half true",
    turn: ["const shortage = endOf(() => void munmap(mmap(null, 2 ** 47, RW, ANON, -1, 0)));", "const shortage = limited;"],
    turned: "true once",
  },
  {
    claim: 8,
    verdict: "half true",
    turn: [
      "using ofFile = mmap(null, PAGE_SIZE, PROT.READ, MAP.SHARED, file, 0);",
      "using ofFile = mmap(null, PAGE_SIZE, RW, MAP.SHARED | MAP.ANONYMOUS, -1, 0);",
    ],
    turned: "true",
  },
  { claim: 9, verdict: "half true", turn: ["ANON | MAP.NORESERVE", "ANON"], turned: "true" },
  { claim: 10, verdict: "true once", turn: ['busy === "ETXTBSY"', 'busy !== "ETXTBSY"'], turned: "true" },
  { claim: 11, verdict: "false", turn: ["      readOnly.store(0, 1);", "      munmap(readOnly.addr + 1n, PAGE_SIZE);"], turned: "true" },
  {
    claim: 12,
    verdict: "false",
    turn: ["const unmapped = endOf(() => gap.load(PAGE_SIZE));", "const unmapped = endOf(() => longer.load(PAGE_SIZE));"],
    turned: "true",
  },
  { claim: 13, verdict: "true", turn: ["  munmap(hole);", ""], turned: "half true" },
  { claim: 14, verdict: "half true", turn: ["PAGE_SIZE, PROT.WRITE,", "PAGE_SIZE, PROT.NONE,"], turned: "true" },
  {
    claim: 15,
    verdict: "half true",
    turn: ["mmap(former.addr, PAGE_SIZE, RW,", "mmap(former.addr, PAGE_SIZE, PROT.NONE,"],
    turned: "true",
  },
  { claim: 16, verdict: "false", turn: ["const kind = MAP.SHARED;", "const kind = MAP.PRIVATE;"], turned: "true" },
  { claim: 17, verdict: "half true", turn: ["dirtyAfter(MS.ASYNC)", "dirtyAfter(MS.SYNC)"], turned: "true" },
  { claim: 18, verdict: "half true", turn: ["const created = scratchFile(0);", "const created = scratchFile(1);"], turned: "true" },
  { claim: 19, verdict: "half true", turn: ["[MAP.PRIVATE, MAP.SHARED].map", "[MAP.SHARED, MAP.SHARED].map"], turned: "true" },
  {
    claim: 20,
    verdict: "half true",
    turn: ["PROT.READ, MAP.SHARED, file20", "PROT.READ, MAP.SHARED | MAP.POPULATE, file20"],
    turned: "true",
  },
  { claim: 21, verdict: "true once", turn: ["const limit = 3n * 2n ** 30n;", "const limit = 2n ** 57n;"], turned: "true" },
  { claim: 22, verdict: "true once", turn: ['const past = "linux-2.4";', 'const past = "linux-2.6";'], turned: "half true" },
  { claim: 23, verdict: "half true", turn: ['const first = "read";', 'const first = "write";'], turned: "true" },
  { claim: 24, verdict: "half true", turn: ["writtenBy(MAP.PRIVATE, 2)", "writtenBy(MAP.SHARED, 2)"], turned: "true" },
];

/** How much memory may be promised; with 0, the default, more than there is may not, unless MAP_NORESERVE says so. */
const overcommit = readFileSync("/proc/sys/vm/overcommit_memory", "utf8").trim();

const ROW = /^\| (?<claim>\d+) \| (?<quote>.+?) \| \*\*(?<verdict>[a-z ]+)\*\* \| (?<found>.+?) \| (?<source>.+) \|$/gm;

interface Row {
  readonly claim: string;
  readonly verdict: string;
  readonly found: string;
  readonly source: string;
}

/** The rows of the table that a run ended with. */
async function rowsOf(notebook: Notebook): Promise<readonly Row[]> {
  const executed = (await executeNotebook(notebook, { folder: GUIDED })).notebook;
  expect(errorsOf(executed)).toEqual([]);
  const tables = executed.cells.flatMap(({ outputs = [] }) =>
    outputs.flatMap(({ data = {} }) => ("text/markdown" in data ? [wholeText(data["text/markdown"] as string | string[])] : [])),
  );
  expect(tables).toHaveLength(1);
  return [...(tables[0] ?? "").matchAll(ROW)].map(({ groups }) => ({ ...groups }) as unknown as Row);
}

/** The notebook with every experiment turned round. */
function turnedRound(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell) => {
    const turns = TRIALS.filter(
      ({ claim }) => cell.cell_type === "code" && wholeText(cell.source).includes(`    claim: ${String(claim)},`),
    );
    return { ...cell, source: turns.reduce((source, { claim, turn }) => replaceOnce(source, turn, claim), wholeText(cell.source)) };
  });
  return { ...notebook, cells };
}

function replaceOnce(source: string, [from, to]: Trial["turn"], claim: number): string {
  const found = source.split(from).length - 1;
  if (found !== 1) throw new Error(`the experiment of claim ${String(claim)} has ${String(found)} times: ${from}`);
  return source.replace(from, () => to);
}

describe("the article on trial", () => {
  const notebook = readNotebook(pathOf("13-the-article-on-trial"));
  let rows: readonly Row[] = [];
  let turned: readonly Row[] = [];

  beforeAll(async () => {
    rows = await rowsOf(notebook);
    turned = await rowsOf(turnedRound(notebook));
  }, 300_000);

  const verdictOn = (claim: number, run: readonly Row[]): string | undefined => run.find((row) => row.claim === String(claim))?.verdict;

  test("ends with one table: all claims in order, each with what came and where it is written", () => {
    expect(rows.map(({ claim }) => Number(claim))).toEqual(TRIALS.map(({ claim }) => claim));
    for (const { claim, found, source } of rows) expect(Math.min(found.length, source.length), `claim ${claim}`).toBeGreaterThan(5);
  });

  describe.each(TRIALS)("claim $claim", ({ claim, verdict, turned: other }) => {
    test.skipIf(claim === 9 && overcommit !== "0")(
      `is ${verdict}, and ${other} with its condition turned round${claim === 9 ? " (needs vm.overcommit_memory = 0)" : ""}`,
      () => {
        expect([verdictOn(claim, rows), verdictOn(claim, turned)]).toEqual([verdict, other]);
      },
    );
  });
});
