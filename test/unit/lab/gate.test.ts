/** `gate`: steps that run, steps that cannot, and what was recorded of them, in a folder of its own. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { gate } from "../../../kernel/src/lab/gate/index.js";
import { onPublish, publish } from "../../../kernel/src/lab/publish.js";
import type { View } from "../../../kernel/src/views/index.js";

const VIEW: View = { kind: "table", title: "what was seen", headings: ["pages"], rows: [[{ text: "3" }]] };

let folder = "";
let shown: View[] = [];
let stop: () => void;
const before = process.cwd();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mmaplab-gate-"));
  process.chdir(folder);
  shown = [];
  stop = onPublish((view) => shown.push(view));
});

afterEach(() => {
  stop();
  vi.unstubAllEnvs();
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

/** A step that shows something and returns something. */
const step = (): { readonly pages: number } => {
  publish(VIEW);
  return { pages: 3 };
};
const titles = (): string[] => shown.map(({ title }) => title);

test("a step whose needs are met runs, and writes nothing", () => {
  expect(gate("three-pages", "linux", step)).toEqual({ pages: 3 });
  expect(shown).toEqual([VIEW]);
  expect(readdirSync(folder)).toEqual([]);
});

test("a step that cannot run says what is missing, and shows and returns what was recorded, marked as such", () => {
  vi.stubEnv("MMAPLAB_RECORD", "1");
  gate("three-pages", "linux", step);
  vi.stubEnv("MMAPLAB_RECORD", "");
  vi.stubEnv("MMAPLAB_WITHOUT", "swap, linux");
  shown = [];
  const value = gate("three-pages", ["probe", "linux"], (): { readonly pages: number } => expect.fail("the step ran"));
  expect(value).toEqual({ pages: 3 });
  expect(titles()).toEqual(["Not run here: three-pages", expect.stringMatching(/^Recorded on Linux .*: what was seen$/)]);
  expect(shown[0]).toMatchObject({
    rows: [[{ text: "Linux" }, { text: "MMAPLAB_WITHOUT names it" }, { text: "unset MMAPLAB_WITHOUT" }]],
    caption: expect.stringContaining("It did not happen here") as unknown,
  });
});

test("a step may be async", async () => {
  vi.stubEnv("MMAPLAB_RECORD", "1");
  const later = async (): Promise<number> => {
    await Promise.resolve();
    publish(VIEW);
    return 7;
  };
  expect(await gate("later", "linux", later)).toBe(7);
  publish({ ...VIEW, title: "after the step" });
  vi.stubEnv("MMAPLAB_WITHOUT", "linux");
  expect(await gate("later", "linux", later)).toBe(7);
  expect(titles().filter((title) => title.startsWith("Recorded"))).toHaveLength(1);
});

test("a step that returns nothing does so when it is recorded too", () => {
  vi.stubEnv("MMAPLAB_RECORD", "1");
  gate("nothing", "linux", () => undefined);
  vi.stubEnv("MMAPLAB_WITHOUT", "linux");
  expect(gate("nothing", "linux", () => undefined)).toBeUndefined();
});

test("what a step throws is thrown on, and nothing is recorded", () => {
  vi.stubEnv("MMAPLAB_RECORD", "1");
  expect(() =>
    gate("broken", "linux", () => {
      throw new RangeError("too far");
    }),
  ).toThrow("too far");
  expect(readdirSync(folder)).toEqual([]);
});

test("without a recording the error says what is missing and where the file should be", () => {
  vi.stubEnv("MMAPLAB_WITHOUT", "linux");
  expect(() => gate("unknown", "linux", step)).toThrow(/needs Linux, which is missing here.*recorded\/unknown\.json/s);
  expect(titles()).toEqual(["Not run here: unknown"]);
});

test.each([
  ["not JSON", "{", /cannot be read/],
  ["a list", "null", /no recording of a step: it holds no object/],
  ["a newer format", '{"format":2}', /its format is 2/],
  ["no machine", '{"format":1,"views":[]}', /names no machine/],
  ["a view that is none", '{"format":1,"machine":"Linux","views":[{"version":1,"kind":"poem"}]}', /no recording of a step/],
])("a recording that is damaged is refused: %s", (_, text, message) => {
  vi.stubEnv("MMAPLAB_WITHOUT", "linux");
  mkdirSync("recorded");
  writeFileSync(join("recorded", "damaged.json"), text);
  expect(() => gate("damaged", "linux", step)).toThrow(message);
  expect(titles()).toEqual(["Not run here: damaged"]);
});

test.each([
  ["a bigint", { at: 1n }, "the step's result.at"],
  ["a date", [new Date(0)], "the step's result[0]"],
  ["not a number", NaN, "the step's result"],
  ["nothing in a list", [undefined], "the step's result[0]"],
])("what JSON would change is refused on every machine: %s", (_, value, place) => {
  expect(() => gate("changed", "linux", () => value)).toThrow(`gate: ${place} is`);
});

test("names that are no file names, and steps that are no functions, are refused", () => {
  expect(() => gate("../elsewhere", "linux", step)).toThrow(RangeError);
  expect(() => gate("step", "linux", 5 as never)).toThrow("give the step as a function");
  expect(() => gate("step", "electricity" as never, step)).toThrow(/electricity.*is none of/);
});

test("a recording is a file of its own that holds what was returned", () => {
  vi.stubEnv("MMAPLAB_RECORD", "1");
  gate("three-pages", "linux", step);
  expect(readdirSync("recorded")).toEqual(["three-pages.json"]);
  expect(JSON.parse(readFileSync(join("recorded", "three-pages.json"), "utf8"))).toMatchObject({ format: 1, value: { pages: 3 } });
});
