/**
 * `npm test`: sets up what is missing (a browser too), then runs the checks of the sources and all tests.
 *
 *   npm test                          everything
 *   npm test -- unit protocol         only these parts
 *   npm test -- -t "copy-on-write"    the tests whose names match; everything after the parts goes to vitest
 *
 * The last line is `N passed, N failed, N skipped`.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findOrInstallBrowser } from "../kernel/setup/browser.mjs";
import { describeFailure, SetupFailure, Stopped } from "../kernel/setup/failure.mjs";
import { places } from "../kernel/setup/places.mjs";
import { requirePlatform } from "../kernel/setup/platform.mjs";
import { createProgress } from "../kernel/setup/progress.mjs";
import { runSteps } from "../kernel/setup/step.mjs";
import { setupSteps } from "../kernel/setup/steps/index.mjs";
import { pythonGradingPackages } from "../kernel/setup/steps/python-grading-packages.mjs";
import { pythonReproducePackages } from "../kernel/setup/steps/python-reproduce-packages.mjs";
import { pythonTestPackages } from "../kernel/setup/steps/python-test-packages.mjs";
import { stopSignal } from "../kernel/setup/stop-signal.mjs";
import { SOURCE_CHECKS, runSourceChecks } from "./run/source-checks.mjs";
import { addOutcomes, closingLine, describeOutcome, noOutcome } from "./run/outcome.mjs";
import { runVitestProject, VITEST_PROJECTS } from "./run/vitest-project.mjs";

const PARTS = [...SOURCE_CHECKS, ...VITEST_PROJECTS];

const args = process.argv.slice(2);
const firstOther = args.findIndex((arg) => !PARTS.includes(arg));
const named = firstOther === -1 ? args : args.slice(0, firstOther);
const vitestArgs = firstOther === -1 ? [] : args.slice(firstOther);
if (vitestArgs[0] === "--help") {
  process.stdout.write(`Usage: npm test -- [${PARTS.join("|")}]... [vitest options and file filters]\n`);
  process.exit(0);
}
/** A filter is about tests: the checks of the sources run only when all or they are asked for. */
const parts = named.length > 0 ? named : vitestArgs.length > 0 ? VITEST_PROJECTS : PARTS;

/** @param {AbortSignal} signal */
async function runParts(signal) {
  const here = places();
  const progress = createProgress();
  const grading = parts.includes("assignments") ? [pythonGradingPackages(here)] : [];
  const experiments = parts.includes("reproduce") ? [pythonReproducePackages(here)] : [];
  await runSteps([...setupSteps(here), pythonTestPackages(here), ...grading, ...experiments], { places: here, progress, signal });
  rmSync(here.testResults, { recursive: true, force: true });
  mkdirSync(here.testResults, { recursive: true });
  if (parts.includes("browser")) {
    const browser = await findOrInstallBrowser({ places: here, progress, signal });
    delete process.env["CHROMIUM_PATH"];
    if ("path" in browser) process.env["CHROMIUM_PATH"] = browser.path;
    else process.env["MMAPLAB_NO_BROWSER"] = browser.missing;
  }

  let total = noOutcome();
  const checks = SOURCE_CHECKS.filter((name) => parts.includes(name));
  if (checks.length > 0) total = addOutcomes(total, await runSourceChecks(checks, { root: here.root, progress, signal }));
  for (const project of VITEST_PROJECTS.filter((name) => parts.includes(name))) {
    if (signal.aborted) throw new Stopped();
    progress.note(`\n${project} tests`);
    const outcome = await runVitestProject(project, { args: vitestArgs, resultFile: join(here.testResults, `${project}.json`) });
    total = addOutcomes(total, outcome);
  }
  return total;
}

let exitCode = 1;
try {
  requirePlatform();
  const outcome = await runParts(stopSignal());
  const nothingRan = outcome.passed + outcome.failures.length === 0;
  if (nothingRan) process.stdout.write("\nNo test ran: nothing matches, or everything was skipped.\n");
  process.stdout.write(`${describeOutcome(outcome)}\n${closingLine(outcome)}\n`);
  exitCode = outcome.failures.length > 0 || nothingRan ? 1 : 0;
} catch (error) {
  if (error instanceof SetupFailure) {
    process.stderr.write(`\n${describeFailure(error)}`);
    process.stdout.write(`\n${closingLine({ passed: 0, failures: [{ name: "the set-up" }], skips: [] })}\n`);
  } else if (error instanceof Stopped) process.stderr.write("\nStopped.\n");
  else throw error;
}
// Something a test left open must not keep the run from ending.
process.exit(exitCode);
