/** Which index and which form of the struct a kernel release has. */
import { describe, expect, it } from "vitest";
import { DEFAULT_RELEASE, DISPLAY_ONLY_RELEASES, displayedProfileOf, Model } from "../../../kernel/src/model/index.js";
import { at, ended, mmap, open, SHARED_ANON } from "./calls.js";

describe("the index of a release", () => {
  it.each([
    ["2.4.9", "list+avl"],
    ["2.4.10", "rb"],
    ["5.10.0", "rb"],
    ["6.0.19", "rb"],
    ["6.1.0", "maple"],
    ["7.3.0", "maple"],
    ["linux-2.4", "list+avl"],
    ["linux-2.6", "rb"],
  ] as const)("of %s is %s", (release, index) => {
    expect(displayedProfileOf(release).index).toBe(index);
  });

  it("is what a model starts with, unless it is told another", () => {
    expect(new Model({ release: "6.1" }).index().kind).toBe("maple");
    expect(new Model({ release: "5.10" }).index().kind).toBe("rb");
    expect(new Model({ release: "5.10", index: "maple" }).index().kind).toBe("maple");
  });
});

describe.each(DISPLAY_ONLY_RELEASES)("the profile %s", (release) => {
  it("has the rules of the default release, and says so", () => {
    const { release: name, ...rules } = new Model({ release }).profile;
    const { release: defaultName, ...defaultRules } = new Model().profile;
    expect([name, defaultName]).toEqual([release, DEFAULT_RELEASE]);
    expect(rules).toEqual(defaultRules);
    expect(new Model({ release }).profileNote).toContain(`what calls and faults do is what Linux ${DEFAULT_RELEASE} does`);
    expect(new Model().profileNote).toBeNull();
  });

  it("is kept by a copy of the model", () => {
    const model = new Model({ release });
    for (let i = 0; i < 40; i++) model.run(mmap(2 * i, 1));
    expect(model.clone().index().kind).toBe(model.index().kind);
    expect(model.clone().profileNote).toBe(model.profileNote);
  });
});

describe("struct vm_area_struct", () => {
  const namesIn = (release: string): string[] => {
    const model = new Model({ release });
    model.run(mmap(0, 1));
    return model.vmaStruct(at(0))!.fields.map(({ name }) => name);
  };

  it("of linux-2.4 has the fields printed in books of the time", () => {
    expect(namesIn("linux-2.4")).toEqual([
      "vm_mm",
      "vm_start",
      "vm_end",
      "vm_next",
      "vm_page_prot",
      "vm_flags",
      "vm_avl_height",
      "vm_avl_left",
      "vm_avl_right",
      "vm_ops",
      "vm_pgoff",
      "vm_file",
      "vm_raend",
      "vm_private_data",
    ]);
  });

  it("has vm_rb from 2.6 to 6.0, and no link at all from 6.1 on", () => {
    expect(namesIn("linux-2.6")).toContain("vm_rb.rb_color");
    expect(namesIn("linux-2.6")).not.toContain("vm_prev");
    expect(namesIn("5.10")).toEqual(expect.arrayContaining(["vm_next", "vm_prev", "vm_rb.rb_left", "anon_vma_chain"]));
    expect(namesIn("6.1").filter((name) => /next|prev|rb|avl/.test(name))).toEqual([]);
    expect(namesIn("6.3")).not.toContain("vm_lock_seq");
    expect(namesIn("6.4")).toContain("vm_lock_seq");
  });

  it("shows the values of one VMA and its links", () => {
    const model = new Model({ release: "linux-2.4" });
    model.run(open("f"));
    model.run(mmap(0, 1));
    expect(ended(model.run(mmap(4, 2, 3, 0x11, "f", 3)))).toBe(at(4));
    const valueAt = (page: number, field: string): string | null =>
      model.vmaStruct(at(page))!.fields.find(({ name }) => name === field)!.value;
    expect(valueAt(0, "vm_next")).toBe(`the VMA at 0x${at(4).toString(16)}`);
    expect(valueAt(4, "vm_next")).toBe("NULL");
    expect(valueAt(5, "vm_start")).toBe(`0x${at(4).toString(16)}`);
    expect([valueAt(4, "vm_pgoff"), valueAt(4, "vm_file"), valueAt(0, "vm_file"), valueAt(0, "vm_mm")]).toEqual([
      "3 pages",
      "f",
      "NULL",
      null,
    ]);
    expect(valueAt(4, "vm_avl_height")).toBe("0");
    expect(model.vmaStruct(at(2))).toBeNull();
  });

  it("shows the VMA before as vm_prev, and changes nothing by being looked at", () => {
    const model = new Model({ release: "5.10" });
    model.run(mmap(0, 1));
    model.run(mmap(2, 1, 3, SHARED_ANON));
    const visits = model.indexVisits();
    const fields = model.vmaStruct(at(2))!.fields;
    expect(fields.find(({ name }) => name === "vm_prev")!.value).toBe(`the VMA at 0x${at(0).toString(16)}`);
    expect(model.indexVisits()).toBe(visits);
  });
});
