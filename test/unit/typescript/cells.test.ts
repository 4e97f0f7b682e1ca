import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { TypeScriptService } from "../../../kernel/src/runtime/typescript/service.js";
import { NOTEBOOKS, type Expected } from "./cells.js";
import { Repl } from "./repl.js";

// Each test compiles several cells, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let cwd: string;
let service: TypeScriptService;
let repl: Repl;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "mmaplab-cells-"));
  service = new TypeScriptService({ cwd, prelude: null });
  service.warmUp();
  repl = new Repl();
}, 60_000);

beforeEach(() => {
  service.handle({ id: 0, type: "reset" });
});

afterAll(() => {
  repl.close();
  service.close();
  rmSync(cwd, { recursive: true });
});

/** Compiles, runs and accepts one cell, as the supervisor does, and tells what came of it in the words of the table. */
async function outcome(notebook: string, source: string, executionCount: number, expected: Expected): Promise<Expected> {
  const reply = service.handle({ id: executionCount, type: "compile", source, executionCount });
  if (reply.type === "rejected") return { rejects: reply.diagnostics.map(({ code }) => code) };
  if (reply.type !== "compiled") throw new Error(JSON.stringify(reply));
  const ran = await repl.run(notebook, reply.cell);
  service.handle({ id: executionCount, type: "accept" });
  if ("value" in ran) return reply.cell.showsValue ? { shows: ran.value } : "silent";
  const asksForPlace = typeof expected === "object" && "at" in expected;
  return asksForPlace ? { throws: ran.error, at: String(ran.at) } : { throws: ran.error };
}

describe("a notebook", () => {
  for (const [name, cells] of Object.entries(NOTEBOOKS)) {
    test(name, async () => {
      for (const [index, { source, comes }] of cells.entries()) {
        expect(await outcome(name, source, index + 1, comes), `cell ${String(index + 1)}: ${source}`).toEqual(comes);
      }
    });
  }
});
