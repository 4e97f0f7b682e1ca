import { expect, test } from "vitest";
import { OutputLimit } from "../../../kernel/src/runtime/output-limit.js";

test("text up to the limit passes; at the limit a notice comes, once", () => {
  const limit = new OutputLimit(10);
  expect(limit.admit(1, "12345")).toEqual({ text: "12345", notice: null });
  expect(limit.admit(1, "67890")).toEqual({ text: "67890", notice: null });
  expect(limit.isFull(1)).toBe(false);
  const cut = limit.admit(1, "x");
  expect(cut.text).toBe("");
  expect(cut.notice).toContain("output cut");
  expect(limit.admit(1, "y")).toEqual({ text: "", notice: null });
  expect(limit.isFull(1)).toBe(true);
});

test("a piece that crosses the limit is cut there, never inside a character", () => {
  expect(new OutputLimit(3).admit(1, "abcdef").text).toBe("abc");
  expect(new OutputLimit(3).admit(1, "ab😀").text).toBe("ab");
});

test("each execution has its own count, also when their outputs alternate", () => {
  const limit = new OutputLimit(4);
  expect(limit.admit(1, "aaaa").text).toBe("aaaa");
  expect(limit.admit(2, "bbbb").text).toBe("bbbb");
  expect(limit.admit(1, "a").text).toBe("");
  expect(limit.admit(3, "c").text).toBe("c");
});
