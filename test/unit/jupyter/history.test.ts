import { expect, test } from "vitest";
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
