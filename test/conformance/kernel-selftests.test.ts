/**
 * Behaviours that other suites assert, as sequences with the answers of Linux 6.18.44: the merge tests of the kernel's own
 * selftests (tools/testing/selftests/mm/merge.c) and what xv6's mmaptest looks at. Uprobes, which one of the former needs, the
 * model does not know. The seven steps of merge_new and mmap_region_basic are in unit/model/merge.test.ts.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Model, describeMismatch, modelOptionsFor, parseScenarios, runScenario } from "../../kernel/src/model/index.js";

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

it.each(["merge/forked_target_vma", "merge/forked_source_vma"])("in the child of %s nothing merges", (name) => {
  const scenario = file.scenarios.find((one) => one.name === name);
  const model = new Model(modelOptionsFor(file));
  runScenario(model, scenario!);
  expect(model.vmas(1).map(({ perms }) => perms)).toHaveLength(4);
  expect(model.vmas(0)).toHaveLength(3);
});
