/** Golden scenarios: what real kernels answered, against what the model answers in the profile of that kernel. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeMismatch, Model, modelOptionsFor, parseScenarios, runScenario } from "../../kernel/src/model/index.js";

const folder = join(import.meta.dirname, "scenarios");

/** Scenarios the model is known to fail, by file. Each must fail: one that passes has to leave this list. */
const KNOWN_TO_FAIL: Readonly<Record<string, readonly string[]>> = {};

const names = readdirSync(folder).filter((name) => name.endsWith(".json"));

it("has the recordings of seven kernels", () => {
  expect(names).toHaveLength(7);
});

for (const name of names) {
  const file = parseScenarios(readFileSync(join(folder, name), "utf8"));
  describe(`the model in the profile of ${name} (${file.kernel.split(" ")[0] ?? ""})`, () => {
    it("is given all 129 scenarios", () => {
      expect(file.scenarios).toHaveLength(129);
    });
    for (const scenario of file.scenarios) {
      const fails = KNOWN_TO_FAIL[name]?.includes(scenario.name) === true;
      it(`${fails ? "is known to differ from" : "answers as"} the kernel in ${scenario.name}`, () => {
        const { mismatches } = runScenario(new Model(modelOptionsFor(file)), scenario);
        const lines = mismatches.map(describeMismatch);
        if (fails) expect(lines).not.toEqual([]);
        else expect(lines).toEqual([]);
      });
    }
  });
}
