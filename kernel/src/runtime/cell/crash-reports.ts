/**
 * Lets a module that knows how see to it that a crash leaves a report. What is in the report is no matter of this runtime.
 */
import { pathToFileURL } from "node:url";
import { reportError } from "./error-report.js";
import type { Output } from "./output.js";

const REPORT_FD = 6;

/** Calls the module's `leaveLastWords`. Never rejects: without reports a crash is explained by its signal alone. */
export async function startCrashReports(module: string | null, output: Output): Promise<void> {
  if (module === null) return;
  try {
    const { leaveLastWords } = (await import(pathToFileURL(module).href)) as { readonly leaveLastWords?: unknown };
    if (typeof leaveLastWords !== "function") throw new Error(`the module ${module} has no function leaveLastWords`);
    (leaveLastWords as (fd: number) => void)(REPORT_FD);
  } catch (error) {
    const why = reportError(error).traceback.join("\n");
    output.stream("stdout", `Crashes of this process will be explained by their signal alone, because the reporter failed:\n${why}\n`);
  }
}
