import { describe, expect, it } from "vitest";
import { toText, type MappingsView, type VmaView } from "../../../kernel/src/views/index.js";
import { BUNDLES, COMPARISON, FAULTS, LATENCY, MAPPINGS, TABLE } from "./samples.js";

const lines = (text: string): string[] => text.split("\n");

describe("the text of a view", () => {
  it("shows mappings as lines of /proc/pid/maps with what changed in front and pages behind", () => {
    const text = toText({ version: 1, ...MAPPINGS });
    expect(text).toMatch(/~ 7f12a0000000-7f12a0004000 rw-p 00000000 +"buffer" +\.{4} -> aaaa +dirty \.{4} -> dddd/);
    expect(text).toMatch(/- 7f12c4000000-7f12c4006000 rw-s 00001000 +\/tmp\/lab\/data\.bin +ff\.{4}/);
    expect(text).toMatch(/\+ 7f12c4000000-7f12c4004000 rw-s 00001000 +\/tmp\/lab\/data\.bin +ffff/);
    expect(text).toContain("a anonymous");
  });

  it("does not repeat the model where it agrees", () => {
    const [kernel] = MAPPINGS.states;
    const agreeing: MappingsView = { ...MAPPINGS, states: kernel ? [kernel, { ...kernel, source: "model" }] : [] };
    expect(lines(toText({ version: 1, ...agreeing })).filter((line) => line.includes("7f12a0000000"))).toHaveLength(1);
    expect(toText({ version: 1, ...agreeing })).toContain("model: the same");
    expect(toText({ version: 1, ...MAPPINGS })).not.toContain("the same");
  });

  it("writes many pages as runs", () => {
    const vma: VmaView = {
      start: "0x10000",
      end: "0x110000",
      perms: "rw-p",
      offset: "0x0",
      object: null,
      pages: "a".repeat(200) + ".".repeat(56),
    };
    const view: MappingsView = { ...MAPPINGS, states: [{ source: "kernel", before: [], after: [vma] }] };
    expect(toText({ version: 1, ...view })).toContain("a*200 .*56");
  });

  it("gives fault totals, what is missing from the list, and the first faults with their VMA and reason", () => {
    const text = toText({ version: 1, ...FAULTS });
    expect(text).toContain("kernel (perf events): 6 minor, 1 major, 1 ended in a signal, 2 of them not listed, 2 lost by the instrument");
    expect(text).toMatch(/at 1\.2 µs +0x7f12a0000000 +buffer +write +minor +took 800 ns/);
    expect(text).toMatch(/0x7f12c4000000 +data\.bin +read +major +The page is not cached\./);
    expect(text).toContain("model: 4 minor, 1 major");
  });

  it("lists eight faults and says how many more there are", () => {
    const [source] = FAULTS.sources;
    if (!source) throw new Error("the sample has no source");
    const many = {
      ...source,
      page: Array.from({ length: 20 }, (_, index) => index),
      atNs: null,
      tookNs: null,
      faultKind: "m".repeat(20),
      access: "r".repeat(20),
    };
    expect(toText({ version: 1, ...FAULTS, sources: [many] })).toContain("... and 12 more");
  });

  it("gives percentiles that were really measured, with units", () => {
    const text = toText({ version: 1, ...LATENCY, series: [{ label: "f", ns: [100, 2000, 300_000, 4e6] }] });
    expect(lines(text).at(-1)).toMatch(/f +4 +100 ns +2 µs +4 ms +4 ms +4 ms/);
  });

  it("marks each line of a comparison and gives the rule behind an explained one", () => {
    const text = toText({ version: 1, ...COMPARISON });
    expect(text).toMatch(/= +minor faults +4 +4 +equal/);
    expect(text).toMatch(/~ +major faults +1 +0 +explained: the page cache was cold/);
    expect(text).toMatch(/! +pages of buffer +aaaa +aaa\. +unexplained/);
  });

  it("lays a table out within 100 columns, wraps long cells at words, marks bad ones and ends with the caption", () => {
    const text = toText({ version: 1, ...TABLE });
    expect(Math.max(...lines(text).map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(text).toMatch(/capability +here +why\n +-+ +-+ +-+\n/);
    expect(text).toMatch(/swap +! no +nothing is swapped to.*wrapped\n +at its words\n/);
    expect(lines(text).at(-1)).toContain("Run `npx mmaplab doctor`");
  });

  it("keeps words of usual length whole while another column can give way", () => {
    const words = Array.from({ length: 40 }, (_, index) => `word${index}`).join(" ");
    const row = [{ text: "munmap(0x600000000000," }, { text: words }, { text: words }, { text: words }, { text: words }];
    const text = toText({ version: 1, kind: "table", title: "t", headings: ["a", "b", "c", "d", "e"], rows: [row, row] });
    expect([...text.matchAll(/munmap\(0x600000000000,/g)]).toHaveLength(2);
  });

  it("breaks a word that is longer than a table is wide, and loses nothing of it", () => {
    const text = toText({
      version: 1,
      kind: "table",
      title: "t",
      headings: ["a", "b"],
      rows: [[{ text: "x" }, { text: "y".repeat(300) }]],
    });
    expect([...text.matchAll(/y/g)]).toHaveLength(300);
    expect(Math.max(...lines(text).map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it("says so where a table has no rows, and lays out one without headings", () => {
    expect(toText({ version: 1, ...TABLE, rows: [] })).toContain("no rows");
    expect(toText({ version: 1, kind: "table", title: "t", headings: [], rows: [[]] })).toContain("t");
  });

  it("lets no control character through to a terminal", () => {
    const hostile = { what: "a\u001b[31mred\r\nb", kernel: "\u202e4", model: "\u0000", verdict: "equal" as const };
    const text = toText({ version: 1, ...COMPARISON, title: "t\u0007\nx", rows: [hostile] });
    expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(lines(text)).toHaveLength(3);
    expect(text).toContain("a\\u{1b}[31mred\\u{d}\\u{a}b");
  });

  it.each(BUNDLES.map((bundle) => [bundle.kind, bundle] as const))(
    "begins a %s with its title and leaves no trailing space",
    (_kind, bundle) => {
      expect(lines(toText(bundle))[0]).toBe(bundle.title);
      expect(lines(toText(bundle)).filter((line) => line !== line.trimEnd())).toEqual([]);
    },
  );
});
