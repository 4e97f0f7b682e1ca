/** The errno and signal zoo on the live kernel: each row must end as it says, and the model must say the same. */
import { release } from "node:os";
import { describe, expect, it } from "vitest";
import { ZOO_ROWS, expectationText, hindrance, rowName, runRow, type ZooRow } from "../../kernel/src/lab/zoo/index.js";

/** Rows that change the whole system run where the user asks for it. */
const SYSTEM_CHANGES = process.env["MMAPLAB_ALLOW_SYSTEM_CHANGES"] === "1" ? "allowed" : "forbidden";

/** Filling an address space with VMAs takes the model a while, and longer on a busy machine. */
const PATIENCE_MS = 120_000;

function expected(row: ZooRow): string {
  return expectationText(row.expect);
}

describe("the zoo", () => {
  for (const row of ZOO_ROWS) {
    const lack = hindrance(row, release(), SYSTEM_CHANGES);
    it.skipIf(lack !== undefined)(
      `${rowName(row)}${lack === undefined ? "" : ` (${lack})`}`,
      () => {
        const { came, model, reason } = runRow(row);
        expect({ kernel: came, model: model ?? expected(row), why: reason.at(-1)?.text }).toMatchObject({
          kernel: expected(row),
          model: expected(row),
        });
      },
      PATIENCE_MS,
    );
  }
});
