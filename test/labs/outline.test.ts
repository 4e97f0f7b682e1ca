/** The outline of the guided labs: in the README and in the index notebook, the same, and true. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readNotebook, wholeText, type Cell } from "./execute-notebook.mjs";
import { GUIDED, guidedNotebooks, lessons, pathOf } from "./guided-notebooks.mjs";

/** A line of the outline. */
interface Row {
  readonly file: string;
  readonly minutes: string;
  readonly before: string;
  readonly learn: string;
}

const ROW = /^\| \[[^\]]+\]\((?<file>[^)]+)\) +\| +(?<minutes>\d+) +\| +(?<before>\S.*?) +\| +(?<learn>\S.*?) +\|$/gm;

const rowsOf = (text: string): readonly Row[] => [...text.matchAll(ROW)].map(({ groups }) => ({ ...groups }) as unknown as Row);
const isText = ({ cell_type }: Cell): boolean => cell_type === "markdown";
const textOf = (name: string): string =>
  readNotebook(pathOf(name))
    .cells.filter(isText)
    .map(({ source }) => wholeText(source))
    .join("\n\n");

const readme = readFileSync(join(GUIDED, "README.md"), "utf8");
const rows = rowsOf(readme);

test("the outline lists every lesson in its order, in the README as in the index", () => {
  expect(rows.map(({ file }) => file)).toEqual(lessons.map((name) => `${name}.ipynb`));
  expect(rowsOf(textOf("index"))).toEqual(rows);
});

test.each(rows)("$file takes as long as it says itself, and comes after what it builds on", ({ file, minutes, before }) => {
  const name = file.replace(/\.ipynb$/, "");
  expect(/(\d+) minutes/.exec(textOf(name))?.[1]).toBe(minutes);
  for (const [number] of before.matchAll(/\d+/g)) expect(Number(number)).toBeLessThan(Number(name.slice(0, 2)));
});

describe("links", () => {
  test.each([["README.md", readme], ...guidedNotebooks.map((name) => [name, textOf(name)])])(
    "%s links to files that are there",
    (_, text) => {
      const targets = [...(text ?? "").matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = ""]) => target);
      expect(targets.filter((target) => !existsSync(join(GUIDED, target)))).toEqual([]);
    },
  );
});
