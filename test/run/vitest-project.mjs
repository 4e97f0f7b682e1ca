/** Runs one vitest project of vitest.config.ts and reads off what came of it. */

/** Parts of `npm test` that vitest does, in the order they run: the later ones build on what the earlier ones show. */
export const VITEST_PROJECTS = ["unit", "conformance", "protocol", "labs", "assignments", "reproduce", "browser"];

/**
 * @param {string} project
 * @param {{ args: readonly string[], resultFile: string }} options `args` as for the vitest command; `resultFile` gets vitest's JSON report
 * @returns {Promise<import("./outcome.mjs").Outcome>}
 */
export async function runVitestProject(project, { args, resultFile }) {
  // Imported late: node_modules may not have been there when this file was read.
  const { parseCLI, startVitest } = await import("vitest/node");
  const { filter, options } = parseCLI(["vitest", "run", ...args]);
  const vitest = await startVitest("test", filter, {
    ...options,
    watch: false,
    project: [project],
    passWithNoTests: true,
    // What a passing test prints is of no interest here.
    silent: options.silent ?? "passed-only",
    reporters: ["default", ["json", { outputFile: resultFile }]],
  });
  const pattern = vitest.config.testNamePattern;
  let passed = 0;
  /** @type {{ name: string }[]} */
  const failures = [];
  /** @type {{ name: string, reason: string }[]} */
  const skips = [];

  for (const testModule of vitest.state.getTestModules()) {
    const file = `${project} > ${testModule.relativeModuleId}`;
    // A file that does not load, or a hook that throws: the tests it holds never ran, so it counts by itself.
    if (testModule.errors().length > 0) failures.push({ name: file });
    for (const suite of testModule.children.allSuites()) {
      if (suite.errors().length > 0) failures.push({ name: `${file} > ${suite.fullName}` });
    }
    for (const test of testModule.children.allTests()) {
      const name = `${file} > ${test.fullName}`;
      const result = test.result();
      if (result.state === "passed") passed += 1;
      else if (result.state === "failed") failures.push({ name });
      else if (result.state === "pending") failures.push({ name: `${name} (never ended)` });
      // Left out by -t, not skipped by itself.
      else if (pattern && !pattern.test(test.fullName.replaceAll(" > ", " "))) continue;
      else skips.push({ name, reason: ("note" in result && result.note) || failedAbove(test) || reasonInTitle(name) });
    }
  }
  for (const error of vitest.state.getUnhandledErrors()) {
    failures.push({ name: `${project} > an error outside of any test: ${messageOf(error)}` });
  }
  await vitest.close();
  return { passed, failures, skips };
}

/**
 * A test that needs something names it in its title: "… (needs a browser)".
 * @param {string} name with the titles of its suites
 */
function reasonInTitle(name) {
  return [...name.matchAll(/\((needs .*?)\)(?= >|$)/g)].at(-1)?.[1] ?? "it does not say why";
}

/**
 * Why a test did not run when something around it failed, such as a hook.
 * @param {import("vitest/node").TestCase} test
 * @returns {string | null}
 */
function failedAbove(test) {
  /** @type {import("vitest/node").TestCase["parent"]} */
  let above = test.parent;
  for (;;) {
    if (above.errors().length > 0) return "what it needs failed to start; see the failures";
    if (above.type === "module") return null;
    above = above.parent;
  }
}

/**
 * @param {unknown} error as it came from another process: perhaps not an Error any more
 * @returns {string}
 */
function messageOf(error) {
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return typeof message === "string" ? message : JSON.stringify(message);
}
