import { expect, test } from "vitest";
import { DisplayLimit } from "../../../kernel/src/runtime/cell/display-limit.js";

test("displays pass up to the budget, then one notice is due, then all are dropped", () => {
  const limit = new DisplayLimit({ displays: 100, updates: 1000, comms: 1000 });
  expect([60, 40, 1, 1].map((bytes) => limit.admit(1, "displays", bytes))).toEqual(["send", "send", "notice", "drop"]);
  expect(limit.isFull(1, "displays")).toBe(true);
});

test("updates and other executions have budgets of their own", () => {
  const limit = new DisplayLimit({ displays: 100, updates: 1000, comms: 1000 });
  expect(limit.admit(1, "displays", 101)).toBe("notice");
  expect(limit.isFull(1, "updates")).toBe(false);
  expect(limit.admit(1, "updates", 900)).toBe("send");
  expect(limit.admit(2, "displays", 99)).toBe("send");
  expect(limit.admit(1, "displays", 1)).toBe("drop");
});
