/** `lab.index`, `lab.pageTable` and `lab.sharing` on the live process, as a cell calls them. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { lab, MAP, mmap, PAGE_SIZE, PROT, predict, startProcess } from "../../../kernel/src/lab/index.js";
import { DISPLAY } from "../../../kernel/src/lab/publish.js";
import { VIEW_MIME_TYPE } from "../../../kernel/src/views/index.js";

afterEach(() => lab.reset());

function mapped(pages: number) {
  return mmap(null, pages * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
}

describe("what a cell can show", () => {
  it("is the index with the VMA of an address found", () => {
    const mapping = mapped(4);
    const shown = lab.index(mapping);
    expect(shown.view.frames[0]?.lookup).toMatchObject({ found: `0x${mapping.addr.toString(16)}`, contains: true });
    expect(shown.toString()).toContain("found the VMA");
    expect(Object.keys(shown[DISPLAY]() ?? {})).toEqual([VIEW_MIME_TYPE, "image/svg+xml", "text/plain"]);
  });

  it("is the page table walk for an address, which a write changes", () => {
    const mapping = mapped(2);
    expect(lab.pageTable(mapping).view.entry?.frame ?? null).toBeNull();
    mapping.store(0, 1);
    expect(lab.pageTable(mapping).view.entry).toMatchObject({ holds: "anonymous page" });
  });

  it("is the prediction's state inside predict", () => {
    const mapping = mapped(1);
    let frames = 0;
    predict(() => {
      mapping.store(0, 1);
      frames = lab.sharing().view.frames;
    });
    expect(frames).toBe(1);
    expect(lab.sharing().view.frames).toBe(0);
  });

  it("is which pages processes share, each mapping under the name it has in its process", () => {
    const ours = mapped(1);
    ours.label = "ours";
    const child = startProcess();
    child.run(() => mapped(1)).label = "theirs";
    const shown = lab.sharing();
    const { processes } = shown.view;
    expect(processes.map(({ name, mappings }) => [name, mappings.map(({ label }) => label)])).toEqual([
      ["notebook", ["ours"]],
      [child.toString(), ["theirs"]],
    ]);
    expect(shown[DISPLAY]()?.["image/svg+xml"]).toMatch(/child 1<.*theirs rw-p</s);
  });

  it("is refused for memory that is not the lab's, and for what is no address", () => {
    const first = readFileSync("/proc/self/maps", "utf8").split("-")[0] ?? "";
    expect(() => lab.pageTable(BigInt(`0x${first}`))).toThrow("is not the lab's memory");
    expect(() => lab.pageTable(-1)).toThrow(/addr/);
    expect(() => lab.index(null, { kind: "btree" as "rb" })).toThrow("kind is one of");
  });
});
