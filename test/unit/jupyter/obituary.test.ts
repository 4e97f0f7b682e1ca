import { expect, test } from "vitest";
import { explainDeath } from "../../../kernel/src/jupyter/obituary.js";

const CASES = [
  { death: { code: null, signal: "SIGSEGV", lastWords: "" }, intent: null, ename: "SIGSEGV", says: "segmentation fault" },
  {
    death: { code: null, signal: "SIGABRT", lastWords: "FATAL ERROR: ... JavaScript heap out of memory" },
    intent: null,
    ename: "OutOfMemory",
    says: "512 MiB",
  },
  { death: { code: 7, signal: null, lastWords: "" }, intent: null, ename: "ProcessExit", says: "status 7" },
  { death: { code: null, signal: "SIGKILL", lastWords: "" }, intent: "interrupt", ename: "KeyboardInterrupt", says: "did not react" },
  { death: { code: null, signal: "SIGUSR2", lastWords: "" }, intent: null, ename: "SIGUSR2", says: "SIGUSR2" },
] as const;

test.each(CASES)("a death by $ename names the cell, the cause, and what is lost", ({ death, intent, ename, says }) => {
  const report = explainDeath(death, intent, 12, 512);
  expect(report.ename).toBe(ename);
  expect(report.evalue).toContain("cell [12]");
  expect(report.evalue).toContain(says);
  expect(report.traceback.join("\n")).toMatch(/variables and mappings are gone/);
});
