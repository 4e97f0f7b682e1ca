import { expect, test } from "vitest";
import { PRELUDE_NAMES } from "../../../kernel/src/cli/prelude-names.js";
import * as mmaplab from "../../../kernel/src/lab/index.js";

test("every value that mmaplab exports is in scope in a cell, and nothing else", () => {
  expect([...PRELUDE_NAMES].sort()).toEqual(Object.keys(mmaplab).sort());
});
