/** Differences between model and kernel that have a known reason: made to happen for real where that can be, with the rule they are explained by. */
import { fsyncSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { backingDirectory } from "../../../kernel/src/lab/kernel/index.js";
import { explainDifference, type DifferenceFacts } from "../../../kernel/src/lab/compare/explanations.js";
import { readMaps } from "../../../kernel/src/linux/index.js";
import { MAP, PAGE_SIZE, PROT, close, lab, mincore, mmap, mremap, scratchFile } from "../../../kernel/src/lab/index.js";

const RW = PROT.READ | PROT.WRITE;
const disk = backingDirectory("ext4");

afterEach(() => {
  lab.reset();
});

/** What the explained lines of a comparison name as their rule, and what is left unexplained. */
function verdicts(): { rules: string[]; unexplained: readonly unknown[] } {
  const { explained, unexplained } = lab.compare();
  return { rules: explained.map(({ why }) => why?.split(":")[0] ?? ""), unexplained };
}

describe("for real", () => {
  it("foreign neighbour: a mapping cannot grow into memory of the runtime", () => {
    const m = mmap(null, PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS);
    // The kernel puts a mapping just below another one: below something that is not the lab's.
    expect(() => mremap(m, 64 * 1024 * PAGE_SIZE, 0)).toThrow(/ENOMEM/);
    expect(verdicts()).toEqual({ rules: ["foreign neighbour"], unexplained: [] });
  });

  it("foreign memory: a load, mincore and MAP_FIXED_NOREPLACE reach the runtime's own memory", () => {
    const before = verdicts().rules.length;
    const m = mmap(null, PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS);
    const foreign = readMaps().find(({ perms, path }) => perms.startsWith("r") && path.endsWith("/node"));
    if (foreign === undefined) throw new Error("the program itself is not mapped readable");
    m.load(Number(foreign.start - m.addr));
    mincore(foreign.start, PAGE_SIZE);
    expect(() => mmap(foreign.start, PAGE_SIZE, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE)).toThrow(/EEXIST/);
    const { rules, unexplained } = verdicts();
    expect(unexplained).toEqual([]);
    expect(new Set(rules.slice(before))).toEqual(new Set(["foreign memory"]));
    expect(rules.length - before).toBeGreaterThanOrEqual(3);
    expect(lab.compare().explained.at(-1)?.why).toContain(foreign.path);
  });

  it.skipIf(disk === undefined)("write-back: somebody else syncs the file, and the next write faults again (needs ext4)", () => {
    const fd = scratchFile(2, disk);
    const m = mmap(null, 2 * PAGE_SIZE, RW, MAP.SHARED, fd);
    m.store(0, 1);
    fsyncSync(fd);
    m.store(0, 2);
    const { rules } = verdicts();
    expect(rules).toContain("write-back");
    close(fd);
  });
});

const facts = (more: Partial<DifferenceFacts>): DifferenceFacts => ({
  object: null,
  vmaLength: 16 * PAGE_SIZE,
  viewed: false,
  thp: "never",
  service: null,
  flags: ["rd", "wr"],
  foreignFollows: false,
  foreign: [],
  writtenOutside: false,
  difference: { kind: "faults", minor: 0, major: 0 },
  ...more,
});

describe("by the facts, where this machine cannot be made to show it", () => {
  it.each<{ rule: string; more: Partial<DifferenceFacts> }>([
    { rule: "THP", more: { thp: "always", vmaLength: 1 << 21, difference: { kind: "faults", minor: -511, major: 0 } } },
    {
      rule: "THP",
      more: { thp: "madvise", flags: ["rd", "wr", "hg"], vmaLength: 1 << 21, difference: { kind: "faults", minor: -511, major: 0 } },
    },
    { rule: "KSM", more: { flags: ["mg"], difference: { kind: "faults", minor: 1, major: 0 } } },
    { rule: "large folio", more: { object: "/data", difference: { kind: "faults", minor: -3, major: 0 } } },
    { rule: "readahead window", more: { object: "/data", difference: { kind: "faults", minor: -1, major: 1 } } },
    { rule: "readahead window or large folio", more: { object: "/data", difference: { kind: "residency", filePages: "more" } } },
    { rule: "direct view", more: { viewed: true, difference: { kind: "bytes" } } },
    { rule: "pager", more: { service: "pager", difference: { kind: "bytes" } } },
  ])("$rule", ({ rule, more }) => {
    expect(explainDifference(facts(more))).toMatch(new RegExp(`^${rule}: `));
  });

  it.each<{ what: string; more: Partial<DifferenceFacts> }>([
    { what: "more faults on plain memory", more: { difference: { kind: "faults", minor: 1, major: 0 } } },
    { what: "other bytes", more: { difference: { kind: "bytes" } } },
    { what: "another outcome with nothing behind", more: { difference: { kind: "outcome", op: "mremap" } } },
    { what: "another outcome of what does not grow", more: { foreignFollows: true, difference: { kind: "outcome", op: "mprotect" } } },
    { what: "other VMAs beside a neighbour", more: { foreignFollows: true, difference: { kind: "VMAs" } } },
    { what: "fewer pages of a file nobody else wrote", more: { object: "/data", difference: { kind: "residency", filePages: "fewer" } } },
    {
      what: "fewer faults on a file somebody wrote",
      more: { object: "/data", flags: ["sh"], writtenOutside: true, difference: { kind: "bytes" } },
    },
    { what: "write-back of a private mapping", more: { object: "/data", difference: { kind: "faults", minor: 1, major: 0 } } },
    { what: "more faults with THP", more: { thp: "always", vmaLength: 1 << 21, difference: { kind: "faults", minor: 1, major: 0 } } },
    {
      what: "fewer faults where huge pages must be asked for and were not",
      more: { thp: "madvise", vmaLength: 1 << 21, difference: { kind: "faults", minor: -511, major: 0 } },
    },
    { what: "a page less of a file", more: { object: "/data", difference: { kind: "residency", filePages: "other" } } },
  ])("$what is explained by nothing", ({ more }) => {
    expect(explainDifference(facts(more))).toBeNull();
  });
});
