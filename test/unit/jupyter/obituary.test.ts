import { expect, test } from "vitest";
import { explainDeath, explainQuietDeath } from "../../../kernel/src/jupyter/obituary.js";

const LIMITS = { heapLimitMib: 512, memoryLimitMib: 1024 };

const CASES = [
  { death: { code: null, signal: "SIGSEGV", stderr: "", crash: null }, intent: null, ename: "SIGSEGV", says: "segmentation fault" },
  {
    death: { code: null, signal: "SIGABRT", stderr: "FATAL ERROR: ... JavaScript heap out of memory", crash: null },
    intent: null,
    ename: "OutOfMemory",
    says: "heap of 512 MiB",
  },
  {
    death: { code: null, signal: "SIGTRAP", stderr: "# Fatal process out of memory: Zone", crash: null },
    intent: null,
    ename: "OutOfMemory",
    says: "limit of 1024 MiB",
  },
  { death: { code: 7, signal: null, stderr: "", crash: null }, intent: null, ename: "ProcessExit", says: "status 7" },
  {
    death: { code: null, signal: "SIGKILL", stderr: "", crash: null },
    intent: "interrupt",
    ename: "KeyboardInterrupt",
    says: "did not react",
  },
  { death: { code: null, signal: "SIGUSR2", stderr: "", crash: null }, intent: null, ename: "SIGUSR2", says: "SIGUSR2" },
] as const;

test.each(CASES)("a death by $ename names the cell, the cause, and what is lost", ({ death, intent, ename, says }) => {
  const report = explainDeath(death, intent, { executionCount: 12, line: null }, LIMITS);
  expect(report.ename).toBe(ename);
  expect(report.evalue).toContain("cell [12]");
  expect(report.evalue).toContain(says);
  expect(report.traceback.join("\n")).toMatch(/variables and mappings are gone/);
});

test("a process's own report takes the place of the signal's general meaning, with its details under it", () => {
  const crash = { summary: "it wrote to 0x5000, where nothing is mapped", details: ["The nearest mappings are:", "  none"] };
  const death = { code: null, signal: "SIGSEGV", stderr: "", crash } as const;
  const { ename, evalue, traceback } = explainDeath(death, null, { executionCount: 3, line: 8 }, LIMITS);
  expect(ename).toBe("SIGSEGV");
  expect(evalue).toBe("the process that ran cell [3] is gone: it wrote to 0x5000, where nothing is mapped");
  expect(traceback.slice(0, 4)).toEqual([`SIGSEGV: ${evalue}.`, "    at cell [3]:8", ...crash.details]);
  const notice = explainQuietDeath(death, LIMITS);
  expect(notice).toContain("between two cells: it wrote to 0x5000, where nothing is mapped.\nThe nearest mappings are:\n  none\nA fresh");
});
