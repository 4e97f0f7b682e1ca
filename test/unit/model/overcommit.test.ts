/** vm.overcommit_memory 0, 1 and 2: when a promise of memory is refused. */
import { describe, expect, it } from "vitest";
import { MAP, PROT } from "../../../kernel/src/abi/index.js";
import { Model } from "../../../kernel/src/model/index.js";
import { ANON, ended, mmap, mprotect, RW, SHARED_ANON, at } from "./calls.js";

const strict = (commitLimitPages: number): Model => new Model({ overcommit: 2, commitLimitPages });

describe("overcommit 0 and 1", () => {
  it("0 refuses one request beyond all memory, and no sum of smaller ones", () => {
    const model = new Model({ overcommit: 0, ramPages: 100 });
    expect(ended(model.run(mmap(0, 101)))).toBe("ENOMEM");
    for (let page = 0; page < 500; page += 100) expect(ended(model.run(mmap(page, 100)))).toBe(at(page));
  });

  it("1 refuses nothing", () => {
    expect(ended(new Model({ overcommit: 1, ramPages: 100 }).run(mmap(0, 1000)))).toBe(at(0));
  });
});

describe("overcommit 2", () => {
  it("counts all promises together, and stops short of the limit", () => {
    const model = strict(20);
    expect(ended(model.run(mmap(0, 10)))).toBe(at(0));
    expect(ended(model.run(mmap(10, 10)))).toBe("ENOMEM");
    expect(ended(model.run(mmap(10, 9)))).toBe(at(10));
    expect(model.run(mmap(30, 1)).reason.at(-1)?.rule).toBe("limit/commit-limit");
  });

  it("gives back what is unmapped", () => {
    const model = strict(20);
    model.run(mmap(0, 15));
    model.run({ op: "munmap", at: at(0), length: 15n * 4096n });
    expect(ended(model.run(mmap(0, 15)))).toBe(at(0));
  });

  it("does not count what cannot be written, until it can", () => {
    const model = strict(20);
    expect(ended(model.run(mmap(0, 100, PROT.READ)))).toBe(at(0));
    expect(ended(model.run(mprotect(0, 100, RW)))).toBe("ENOMEM");
    expect(ended(model.run(mprotect(0, 10, RW)))).toBe(0n);
  });

  it("counts shared memory once, and takes no MAP_NORESERVE for an excuse", () => {
    const model = strict(20);
    expect(ended(model.run(mmap(0, 15, RW, SHARED_ANON)))).toBe(at(0));
    expect(ended(model.run(mmap(20, 10, RW, ANON | MAP.NORESERVE)))).toBe("ENOMEM");
    expect(ended(model.run({ op: "fork", child: 1 }))).toBe(1n);
  });

  it("refuses a fork whose child's memory cannot be promised", () => {
    const model = strict(20);
    model.run(mmap(0, 15));
    expect(ended(model.run({ op: "fork", child: 1 }))).toBe("ENOMEM");
    expect(model.processes).toEqual([0]);
  });

  it("keeps something back for root", () => {
    const user = new Model({ overcommit: 2, commitLimitPages: 2100, privileged: false });
    expect(ended(user.run(mmap(0, 60)))).toBe("ENOMEM");
    expect(ended(user.run(mmap(0, 40)))).toBe(at(0));
  });
});
