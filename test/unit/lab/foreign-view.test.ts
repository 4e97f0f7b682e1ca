/** No view of memory that is not the lab's: its owner unmaps it without a word, and a read would end the process. */
import { afterEach, expect, it } from "vitest";
import { MAP, PAGE_SIZE, PROT, lab, mmap, munmap } from "../../../kernel/src/lab/index.js";
import { mmap as mapPastTheLab, munmap as unmapPastTheLab, readMaps } from "../../../kernel/src/linux/index.js";

const RW = PROT.READ | PROT.WRITE;
const ANON = MAP.PRIVATE | MAP.ANONYMOUS;

afterEach(() => {
  lab.reset();
});

it("an address that was a mapping's and became somebody else's", () => {
  const m = mmap(null, 2 * PAGE_SIZE, RW, ANON);
  munmap(m);
  mapPastTheLab(m.addr, 2 * PAGE_SIZE, RW, MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE, -1, 0);
  try {
    expect(() => m.bytes()).toThrow(/memory of the notebook's own process/);
    expect(() => m.bytes(PAGE_SIZE, 1)).toThrow(RangeError);
  } finally {
    unmapPastTheLab(m.addr, 2 * PAGE_SIZE);
  }
});

it("a mapping with a page of somebody else in it, as far as that page reaches", () => {
  const m = mmap(null, 3 * PAGE_SIZE, RW, ANON);
  munmap(m.addr + BigInt(PAGE_SIZE), PAGE_SIZE);
  mapPastTheLab(m.addr + BigInt(PAGE_SIZE), PAGE_SIZE, RW, MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE, -1, 0);
  try {
    expect(() => m.bytes()).toThrow(/memory of the notebook's own process/);
    expect(m.bytes(0, PAGE_SIZE)).toHaveLength(PAGE_SIZE);
    expect(m.bytes(2 * PAGE_SIZE)).toHaveLength(PAGE_SIZE);
  } finally {
    unmapPastTheLab(m.addr + BigInt(PAGE_SIZE), PAGE_SIZE);
  }
  expect(readMaps().some(({ start }) => start === m.addr + BigInt(PAGE_SIZE))).toBe(false);
});
