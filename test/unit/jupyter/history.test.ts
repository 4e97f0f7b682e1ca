import { appendFileSync, chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HistoryFolder } from "../../../kernel/src/jupyter/history-files.js";
import { History } from "../../../kernel/src/jupyter/history.js";

function filled(): History {
  const history = new History();
  history.add(1, "let a = 1;");
  history.add(2, "a + 1");
  history.setOutput("2");
  history.add(3, "a + 1");
  history.add(4, "f(x)\n[1]");
  return history;
}

const CASES = [
  { name: "the last two", request: { hist_access_type: "tail", n: 2 }, lines: [3, 4] },
  { name: "none where n is 0", request: { hist_access_type: "tail", n: 0 }, lines: [] },
  { name: "a range without its end", request: { hist_access_type: "range", session: 0, start: 2, stop: 4 }, lines: [2, 3] },
  { name: "the range of an unknown session", request: { hist_access_type: "range", session: 7, start: 1, stop: 9 }, lines: [] },
  { name: "what fits a pattern", request: { hist_access_type: "search", pattern: "a*", n: 9 }, lines: [2, 3] },
  { name: "each text once", request: { hist_access_type: "search", pattern: "a ? 1", n: 9, unique: true }, lines: [3] },
  {
    name: "text with the characters of regular expressions",
    request: { hist_access_type: "search", pattern: "f(x)*[1]", n: 9 },
    lines: [4],
  },
  { name: "any text for many stars", request: { hist_access_type: "search", pattern: "**?(*)**", n: 9 }, lines: [4] },
  {
    name: "the later place where an earlier one does not fit",
    request: { hist_access_type: "search", pattern: "*a*= ?;", n: 9 },
    lines: [1],
  },
  { name: "nothing where only a part fits", request: { hist_access_type: "search", pattern: "let", n: 9 }, lines: [] },
];

test.each(CASES)("gives $name", ({ request, lines }) => {
  expect(
    filled()
      .query(request)
      .map((entry) => (entry as unknown[])[1]),
  ).toEqual(lines);
});

test("gives outputs where they are asked for, null where there was none", () => {
  expect(filled().query({ hist_access_type: "range", start: 2, stop: 4, output: true })).toEqual([
    [1, 2, ["a + 1", "2"]],
    [1, 3, ["a + 1", null]],
  ]);
});

test("a pattern of many stars is answered at once, also where a long text nearly fits", () => {
  const history = new History();
  history.add(1, "a".repeat(5000));
  history.add(2, `${"a".repeat(5000)}b`);
  const found = history.query({ hist_access_type: "search", pattern: `${"*a".repeat(40)}b`, n: 9 });
  expect(found).toHaveLength(1);
});

describe("on disk", () => {
  let root: string;
  let folder: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "mmaplab-history-"));
    folder = join(root, "deep", "history");
  });
  afterEach(() => {
    chmodSync(root, 0o700);
    rmSync(root, { recursive: true, force: true });
  });

  const onDisk = (log?: (text: string) => void): History => new History(new HistoryFolder(folder), log);

  /** A session with these inputs, each with its own text as the result, closed. */
  async function session(...inputs: readonly string[]): Promise<void> {
    const history = onDisk();
    inputs.forEach((input, index) => {
      history.add(index + 1, input);
      history.setOutput(`<${input}>`);
    });
    await history.close();
  }

  test("a later session finds the cells of earlier ones, with their outputs", async () => {
    await session("one", "two");
    await session("three");
    const history = onDisk();
    expect(history.query({ hist_access_type: "tail", n: 2, output: true })).toEqual([
      [1, 2, ["two", "<two>"]],
      [2, 1, ["three", "<three>"]],
    ]);
    history.add(1, "four");
    expect(history.query({ hist_access_type: "tail", n: 2 })).toEqual([
      [2, 1, "three"],
      [3, 1, "four"],
    ]);
    expect(history.query({ hist_access_type: "range", session: -1 })).toEqual([[2, 1, "three"]]);
    expect(history.query({ hist_access_type: "range", session: 1, start: 2 })).toEqual([[1, 2, "two"]]);
    expect(history.query({ hist_access_type: "range", session: 0 })).toEqual([[3, 1, "four"]]);
    expect(history.query({ hist_access_type: "range", session: 3 })).toEqual([[3, 1, "four"]]);
    expect(history.query({ hist_access_type: "range", session: -9 })).toEqual([]);
    await history.close();
  });

  test("a search goes over all sessions; of equal texts the last is found, in its place", async () => {
    await session("let a", "b", "let a");
    await session("let c", "let a");
    const search = { hist_access_type: "search", pattern: "let*", n: 9 };
    expect(onDisk().query(search)).toHaveLength(4);
    expect(onDisk().query({ ...search, unique: true })).toEqual([
      [2, 1, "let c"],
      [2, 2, "let a"],
    ]);
  });

  test("kernels that run at once have sessions of their own, and each sees the other's cells", () => {
    const kernels = [onDisk(), onDisk(), onDisk()];
    for (const line of [1, 2]) kernels.forEach((kernel, index) => kernel.add(line, `${String(index)}:${String(line)}`));
    const own = kernels.map((kernel) => kernel.query({ hist_access_type: "range", session: 0 }));
    expect(own).toEqual([1, 2, 3].map((number) => [1, 2].map((line) => [number, line, `${String(number - 1)}:${String(line)}`])));
  });

  test("a kernel that runs nothing leaves nothing, and what is left is for its owner only", async () => {
    await onDisk().close();
    expect(readdirSync(root)).toEqual([]);
    await session("secret");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "1.jsonl")).mode & 0o777).toBe(0o600);
  });

  test("a line that was cut, or is something else, does no harm to the others", async () => {
    await session("whole");
    appendFileSync(join(folder, "1.jsonl"), '[1]\nnull\n{"line":"x","input":"y"}\n{"line":7,"output":"of nothing"}\n{"line":2,"inp');
    writeFileSync(join(folder, "notes.txt"), "not a session");
    expect(onDisk().query({ hist_access_type: "tail", n: 9, output: true })).toEqual([[1, 1, ["whole", "<whole>"]]]);
  });

  test("the folder stays small: the oldest sessions go, and numbers are not used again", async () => {
    const long = "x".repeat(60_000);
    for (let number = 1; number <= 4; number++) await session(...Array.from({ length: 12 }, (_, index) => `${String(index)}${long}`));
    const files = readdirSync(folder);
    expect(files).not.toContain("1.jsonl");
    expect(files).toContain("4.jsonl");
    const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    expect(bytes).toBeLessThan(4 * 1024 * 1024);
    await session("last");
    expect(readdirSync(folder)).toContain("5.jsonl");
  });

  test("a text of megabytes stays in memory", async () => {
    const history = onDisk();
    history.add(1, "y".repeat(1_000_000));
    history.add(2, "short");
    expect(history.query({ hist_access_type: "tail", n: 2 })).toHaveLength(2);
    await history.close();
    expect(onDisk().query({ hist_access_type: "tail", n: 2 })).toEqual([[1, 2, "short"]]);
  });

  test("where it cannot be written, one line says so and the session is kept in memory", () => {
    writeFileSync(join(root, "deep"), "a file where a folder has to be");
    const log: string[] = [];
    const history = onDisk((text) => log.push(text));
    history.add(1, "a");
    history.add(2, "b");
    expect(history.query({ hist_access_type: "tail", n: 9 })).toEqual([
      [1, 1, "a"],
      [1, 2, "b"],
    ]);
    expect(history.query({ hist_access_type: "range", session: 0 })).toHaveLength(2);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/in memory only: .*(ENOTDIR|EEXIST)/);
  });
});
