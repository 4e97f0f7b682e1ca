import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { reportError } from "../../../kernel/src/runtime/cell/error-report.js";

test("an error gives its name, its text and its trace, with the cause", () => {
  const report = reportError(new TypeError("no", { cause: new Error("deeper") }));
  expect(report).toMatchObject({ ename: "TypeError", evalue: "no" });
  expect(report.traceback[0]).toContain("TypeError: no");
  expect(report.traceback.join("\n")).toContain("deeper");
});

test("an error of another realm is one too", () => {
  expect(reportError(runInNewContext('new RangeError("far")'))).toMatchObject({ ename: "RangeError", evalue: "far" });
});

test.each([
  [5, "5"],
  [null, "null"],
  [{ a: 1 }, "{ a: 1 }"],
  ["text", "text"],
])("%j can be thrown", (thrown, evalue) => {
  expect(reportError(thrown)).toMatchObject({ ename: "Uncaught", evalue });
});

test("an error that fights being looked at is reported all the same", () => {
  const hostile = new Proxy(new Error("x"), {
    get: () => {
      throw new Error("hands off");
    },
  });
  expect(reportError(hostile)).toMatchObject({ ename: "Error", evalue: "" });
});

test("a message of megabytes is cut, and says how much is missing", () => {
  const report = reportError(new Error("a\n".repeat(1_000_000)));
  expect(report.evalue.length).toBeLessThan(20_000);
  expect(report.evalue).toMatch(/\[\d+ more characters\]$/);
  expect(report.traceback.join("\n").length).toBeLessThan(150_000);
  const thrown = reportError("b".repeat(1_000_000));
  expect(thrown.evalue).toMatch(/^b+\.\.\. \[983616 more characters\]$/);
});
