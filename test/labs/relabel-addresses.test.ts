import { expect, test } from "vitest";
import type { Notebook } from "./execute-notebook.mjs";
import { absoluteAddresses, relabelAddresses } from "./relabel-addresses.mjs";

/** A notebook of one cell that printed this. */
const printed = (text: string, source = ""): Notebook => ({
  cells: [{ cell_type: "code", id: "a", source, metadata: {}, outputs: [{ output_type: "stream", name: "stdout", text }] }],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
});
const relabelled = (text: string, source = ""): unknown => relabelAddresses(printed(text, source)).cells[0]?.outputs?.[0]?.text;

/** What two runs of the same cells print: all that differs is where the kernel put things. */
const run = (base: bigint, other: bigint): string =>
  [
    `Mapping m: 0x${base.toString(16)}..0x${(base + 0x8000n).toString(16)}`,
    `SIGSEGV reading m+0x1000 (0x${(base + 0x1000n).toString(16)})`,
    `${other.toString(16)}-${(other + 0x4000000n).toString(16)} rw-p`,
    `in the middle: 0x${(other + 0x2000000n).toString(16)}`,
  ].join("\n");

test("two runs that differ in nothing but addresses are the same afterwards", () => {
  const one = relabelled(run(0x7f12_3456_7000n, 0x7f55_0000_0000n));
  expect(one).toBe(relabelled(run(0x7ebc_def0_1000n, 0x7d00_0123_4000n)));
  expect(one).toContain("m: 0x100000000000..0x100000008000");
  expect(one).toContain("200000000000-200004000000 rw-p");
  expect(one).toContain("in the middle: 0x200002000000");
});

test("how far one mapping lies from the next is a matter of chance too, and is left out", () => {
  const base = 0x7f12_3456_7000n;
  expect(relabelled(run(base, base + 0x40_0000n))).toBe(relabelled(run(base, base + 0x80_0000n)));
});

test("numbers that are no addresses stay: sizes, offsets, small addresses, packed columns", () => {
  const text = '0x10000000 0x100000000000 0x7ffffffff000 +0x4000 1234567890123 {"packed":"0x7f123456789abc+/deadbeefdeadbeef=="}';
  expect(relabelled(text)).toBe(text);
});

test("an address of which a column shows only the beginning is left out", () => {
  expect(relabelled("at 0x7f1234\u2026 and 7f1234567000-7f12\u2026 was added\u2026")).toBe("at \u2026 and \u2026 was added\u2026");
});

test("an address that the text of the notebook names stays", () => {
  expect(relabelled("0x7f0000001000", "mmap(0x7f00_0000_1000n, 4096)")).toBe("0x7f0000001000");
});

test("a copy holds no absolute address, and one that was not relabelled does", () => {
  const notebook = printed(run(0x7f12_3456_7000n, 0x7f55_0000_0000n));
  expect(absoluteAddresses(notebook)).toHaveLength(6);
  expect(absoluteAddresses(relabelAddresses(notebook))).toEqual([]);
});
