/**
 * Behaviours that other suites assert, as sequences with the answers of Linux 6.18.44: the merge tests of the kernel's own
 * selftests (tools/testing/selftests/mm/merge.c) and what xv6's mmaptest looks at, on the model and on the live kernel. Uprobes,
 * which one of the former needs, the model does not know: the zoo shows that one on the kernel. The seven steps of merge_new and mmap_region_basic are in unit/model/merge.test.ts.
 */
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ProcessExecutor, lackingFor } from "../../kernel/src/lab/kernel/index.js";
import { Model, describeMismatch, modelOptionsFor, parseScenarios, profileOf, runScenario } from "../../kernel/src/model/index.js";

const file = parseScenarios(readFileSync(join(import.meta.dirname, "kernel-selftests.json"), "utf8"));

describe.each(["merge", "mmaptest"])("%s", (suite) => {
  const scenarios = file.scenarios.filter(({ tags }) => tags.includes(suite));

  it("has its scenarios", () => {
    expect(scenarios.length).toBe(suite === "merge" ? 18 : 6);
  });

  for (const scenario of scenarios) {
    it(scenario.name, () => {
      const model = new Model(modelOptionsFor(file));
      expect(runScenario(model, scenario).mismatches.map(describeMismatch)).toEqual([]);
    });
  }
});

/** Since 6.16 memory without pages joins memory with pages, which most of the merge tests are about. */
const rulesHold = profileOf(release()).unfaultedAbsorbsFaulted;

describe.skipIf(!rulesHold)(`on the live kernel ${release()} (needs Linux 6.16 or newer)`, () => {
  for (const scenario of file.scenarios) {
    const missing = lackingFor(scenario);
    it.skipIf(missing !== undefined)(`${scenario.name}${missing === undefined ? "" : ` (needs ${missing})`}`, () => {
      const kernel = new ProcessExecutor();
      try {
        expect(runScenario(kernel, scenario).mismatches.map(describeMismatch)).toEqual([]);
      } finally {
        kernel.close();
      }
    });
  }
});

it.each(["merge/forked_target_vma", "merge/forked_source_vma"])("in the child of %s nothing merges", (name) => {
  const scenario = file.scenarios.find((one) => one.name === name);
  const model = new Model(modelOptionsFor(file));
  runScenario(model, scenario!);
  expect(model.vmas(1).map(({ perms }) => perms)).toHaveLength(4);
  expect(model.vmas(0)).toHaveLength(3);
});
