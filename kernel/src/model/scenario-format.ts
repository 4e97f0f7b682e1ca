/**
 * The file format of golden scenarios: named lists of operations in an arena, each with the result a real kernel gave.
 * Only the outer shape is read here; scenario-steps.ts turns each step into an operation.
 */
import { array, count, object, oneOf, parseExactJson, string, type JsonObject } from "./scenario-json.js";
import type { ModelOptions } from "./settings.js";

/** A file that a scenario's steps refer to by its letter. */
export interface ScenarioObject {
  readonly kind: "memfd" | "tmpfs" | "ext4";
  readonly pages: number;
  readonly init: "hole" | "data" | "clean" | "cold" | "bigdata";
  readonly open: "rw" | "ro" | "wo";
  readonly allowSeals: boolean;
  /** The letter of the file this is a second open file description of. */
  readonly sameInodeAs?: string;
}

/** A VMA as scenarios write it: start page, end page, rights, offset in pages, object. */
export type ScenarioVma = readonly [start: number, end: number, perms: string, offset: number, object: string | null];

/** A named list of operations with the results expected. */
export interface Scenario {
  readonly name: string;
  /** Whether it belongs to the set to pass first. */
  readonly core: boolean;
  readonly tags: readonly string[];
  /** Pages of the arena it runs in. */
  readonly arenaPages: number;
  readonly objects: Readonly<Record<string, ScenarioObject>>;
  readonly steps: readonly JsonObject[];
  /** What each step must lead to. */
  readonly results: readonly JsonObject[];
  readonly finalMaps: readonly ScenarioVma[];
  /** Letters of the arena's pages, trailing dots left out. */
  readonly finalResident: string;
}

/** A file of scenarios. */
export interface ScenarioFile {
  /** The kernel they were recorded on, and under which conditions. */
  readonly kernel: string;
  readonly scenarios: readonly Scenario[];
}

const DEFAULT_ARENA_PAGES = 512;

/**
 * Reads a file of scenarios.
 * @param text its contents
 * @throws Error that names the scenario and the field where the text does not have the format
 */
export function parseScenarios(text: string): ScenarioFile {
  const root = object(parseExactJson(text, "The scenario file"), "The scenario file");
  const schema = object(root.schema, "schema");
  return {
    kernel: string(schema.kernel, "schema.kernel"),
    scenarios: array(root.scenarios, "scenarios").map((value, number) => parseScenario(value, `scenario number ${String(number)}`)),
  };
}

function parseScenario(value: unknown, where: string): Scenario {
  const raw = object(value, where);
  const name = string(raw.name, `${where}: name`);
  const place = `scenario "${name}"`;
  const steps = array(raw.ops, `${place}: ops`).map((step, number) => object(step, `${place}, step ${String(number)}`));
  const expect = object(raw.expect, `${place}: expect`);
  const results = array(expect.results, `${place}: expect.results`).map((result, number) =>
    object(result, `${place}, result ${String(number)}`),
  );
  if (results.length !== steps.length)
    throw new Error(`${place}: ${String(steps.length)} steps but ${String(results.length)} results; each step needs one.`);
  const final = object(expect.final, `${place}: expect.final`);
  const objects = Object.entries(object(raw.objects ?? {}, `${place}: objects`)).map(
    ([letter, file]) => [letter, parseObject(file, `${place}, object ${letter}`)] as const,
  );
  return {
    name,
    core: raw.core === true,
    tags: array(raw.tags ?? [], `${place}: tags`).map((tag) => string(tag, `${place}: tags`)),
    arenaPages: raw.arena === undefined ? DEFAULT_ARENA_PAGES : count(raw.arena, `${place}: arena`),
    objects: Object.fromEntries(objects),
    steps,
    results,
    finalMaps: parseMaps(final.maps, `${place}: expect.final.maps`),
    finalResident: string(final.resident, `${place}: expect.final.resident`),
  };
}

function parseObject(value: unknown, place: string): ScenarioObject {
  const raw = object(value, place);
  return {
    kind: oneOf(raw.kind, ["memfd", "tmpfs", "ext4"], `${place}: kind`),
    pages: count(raw.pages, `${place}: pages`),
    init: oneOf(raw.init, ["hole", "data", "clean", "cold", "bigdata"], `${place}: init`),
    open: oneOf(raw.open ?? "rw", ["rw", "ro", "wo"], `${place}: open`),
    allowSeals: raw.allow_seals === true,
    ...(raw.same_inode_as === undefined ? {} : { sameInodeAs: string(raw.same_inode_as, `${place}: same_inode_as`) }),
  };
}

/** Reads VMAs as scenarios write them. */
export function parseMaps(value: unknown, place: string): ScenarioVma[] {
  return array(value, place).map((line) => {
    const [start, end, perms, offset, name] = array(line, place);
    return [count(start, place), count(end, place), string(perms, place), count(offset, place), name === null ? null : string(name, place)];
  });
}

/** The model that a file's recordings are to be compared with: its kernel, and the conditions its text names. */
export function modelOptionsFor(file: ScenarioFile): ModelOptions {
  const thp = /THP=(never|madvise|always)/.exec(file.kernel)?.[1];
  const readaheadKb = Number(/read_ahead_kb=(\d+)/.exec(file.kernel)?.[1] ?? 8192);
  return {
    release: file.kernel,
    mmapMinAddr: 4096n,
    readaheadPages: readaheadKb / 4,
    thp: thp === "always" || thp === "madvise" ? thp : "never",
    // Usual kernels are built with it; a recording of one that is not has to say so.
    ksm: !/no KSM/i.test(file.kernel),
  };
}
