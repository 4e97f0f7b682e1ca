import { describe, expect, it } from "vitest";
import { describeMismatch, Model, parseScenarios, runScenario } from "../../../kernel/src/model/index.js";

const file = (ops: string, results: string, final = '{"maps": [], "resident": ""}'): string =>
  `{"schema": {"kernel": "6.18.44"}, "scenarios": [{"name": "one", "ops": ${ops}, "expect": {"results": ${results}, "final": ${final}}}]}`;

function run(text: string): string[] {
  const [scenario] = parseScenarios(text).scenarios;
  if (scenario === undefined) throw new Error("no scenario");
  return runScenario(new Model(), scenario).mismatches.map(describeMismatch);
}

const MMAP = '{"op": "mmap", "at": 0, "len": 2, "prot": "rw", "flags": ["PRIVATE", "ANON", "FIXED"]}';

describe("a golden scenario", () => {
  it("has no mismatch where all is as expected", () => {
    const ops = `[${MMAP}, {"op": "touch", "kind": "write", "at": 1}]`;
    expect(
      run(
        file(
          ops,
          '[{"page": 0, "min": 0, "maj": 0}, {"ok": true, "min": 1, "maj": 0}]',
          '{"maps": [[0, 2, "rw-p", 0, null]], "resident": ".a"}',
        ),
      ),
    ).toEqual([]);
  });

  it("tells step, field, what was expected and what came", () => {
    expect(run(file(`[${MMAP}]`, '[{"errno": "EPERM", "min": 1}]'))).toEqual([
      "step 0 (mmap): outcome: expected EPERM, came success",
      "step 0 (mmap): minor faults: expected 1, came 0",
      "at the end: maps: expected no VMAs, came [0,2) rw-p 0 anonymous",
    ]);
  });

  it("counts f and F, a and A, as equal", () => {
    const ops = `[${MMAP}, {"op": "touch", "kind": "write", "at": 0}, {"op": "fork"}, {"op": "resident", "at": 0, "len": 2}]`;
    expect(
      run(file(ops, '[{"page": 0}, {"ok": true}, {}, {"resident": "a."}]', '{"maps": [[0, 2, "rw-p", 0, null]], "resident": "A"}')),
    ).toEqual([]);
  });

  it("keeps numbers exact that a double cannot hold", () => {
    expect(
      run(
        file(
          '[{"op": "mmap", "at": 0, "len": 295147905179352760331, "prot": "rw", "flags": ["PRIVATE", "ANON", "FIXED"]}]',
          '[{"errno": "ENOMEM"}]',
        ),
      ),
    ).toEqual([]);
  });

  it("writes files with what the recorder's buffer last held", () => {
    const objects = '"objects": {"a": {"kind": "memfd", "pages": 2, "init": "hole"}}, "ops"';
    const ops =
      '[{"op": "fwrite", "obj": "a", "pgoff": 1, "len": 1}, {"op": "fread", "obj": "a", "pgoff": 0, "len": 1}, {"op": "fwrite", "obj": "a", "pgoff": 1, "len": 1}, {"op": "mmap", "at": 0, "len": 2, "prot": "r", "flags": ["SHARED", "FIXED"], "obj": "a"}, {"op": "peek", "at": 1}]';
    const results = '[{"ret": 4096}, {"ret": 4096}, {"ret": 4096}, {"page": 0}, {"byte": 0}]';
    expect(run(file(ops, results, '{"maps": [[0, 2, "r--s", 0, "a"]], "resident": "ff"}').replace('"ops"', objects))).toEqual([
      "at the end: resident: expected ff, came .f",
    ]);
  });

  it.each([
    { what: "no JSON", text: "{", message: "The scenario file is not JSON" },
    { what: "no scenarios", text: '{"schema": {"kernel": "6.1"}}', message: "scenarios: expected a list" },
    { what: "a result missing", text: file(`[${MMAP}]`, "[]"), message: 'scenario "one": 1 steps but 0 results' },
    { what: "an unknown operation", text: file('[{"op": "unmap"}]', "[{}]"), message: 'scenario "one", step 0: op' },
    { what: "an unknown flag", text: file(`[${MMAP.replace("ANON", "ANNO")}]`, "[{}]"), message: 'scenario "one", step 0: flags' },
    {
      what: "no address",
      text: file('[{"op": "touch", "kind": "write", "at": "x"}]', "[{}]"),
      message: 'scenario "one", step 0: at: expected an integer, came "x"',
    },
  ])("with $what is refused with the place named", ({ text, message }) => {
    expect(() => run(text)).toThrow(message);
  });
});
