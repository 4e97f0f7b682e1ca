/** Trace documents (`*.mmaptrace.json`): writing them down and reading them. One line a step, so that two can be compared. */
import type { IndexKind } from "../vma-index.js";
import { settingsOf, type HardLimits, type ModelOptions } from "../settings.js";
import { displayedProfileOf } from "../era.js";
import { array, object, wrong, type JsonObject, type Place } from "../scenario-json.js";
import {
  bigintCodec,
  booleanCodec,
  listCodec,
  objectCodec,
  optional,
  ownField,
  textCodec,
  wholeCodec,
  wordCodec,
  type Codec,
} from "./codec.js";
import { decodeOperation, encodeOperation } from "./operation-codec.js";
import { pagesWalked } from "./pages-walked.js";
import { decodeResult, encodeResult } from "./result-codec.js";
import { WorkBound } from "./work-bound.js";
import { TRACE_FORMAT, TRACE_LIMITS, TRACE_VERSION, type ForeignRange, type Trace, type TraceLabel, type TraceStep } from "./trace.js";

/** The end of the name of a file that holds a trace. */
export const TRACE_EXTENSION = ".mmaptrace.json";

const MOST_SENTENCES = 100;

const amount = wholeCodec(0);
const releaseCodec: Codec<string> = {
  encode: (release) => release,
  decode: (json, place) => {
    const release = textCodec.decode(json, place);
    try {
      displayedProfileOf(release);
    } catch {
      return wrong(place, "a kernel release such as 6.12.48", json);
    }
    return release;
  },
};
const overcommitCodec: Codec<0 | 1 | 2> = {
  encode: (mode) => mode,
  decode: (json, place) => (json === 0 || json === 1 || json === 2 ? json : wrong(place, "0, 1 or 2", json)),
};
const levelsCodec: Codec<4 | 5> = {
  encode: (levels) => levels,
  decode: (json, place) => (json === 4 || json === 5 ? json : wrong(place, "4 or 5", json)),
};
const machineCodec = objectCodec<ModelOptions>({
  release: optional(releaseCodec),
  index: optional(wordCodec<IndexKind>(["list", "list+avl", "rb", "maple"])),
  recordIndexSteps: optional(booleanCodec),
  pageTableLevels: optional(levelsCodec),
  privileged: optional(booleanCodec),
  mayRaiseLimits: optional(booleanCodec),
  taskSize: optional(bigintCodec),
  mmapMinAddr: optional(bigintCodec),
  mmapBase: optional(bigintCodec),
  heapStart: optional(bigintCodec),
  readaheadPages: optional(wholeCodec(0, 1 << 20)),
  faultAroundPages: optional(wholeCodec(1, 512)),
  thp: optional(wordCodec(["never", "madvise", "always"])),
  ramPages: optional(amount),
  swapPages: optional(amount),
  overcommit: optional(overcommitCodec),
  commitLimitPages: optional(amount),
  committedElsewherePages: optional(amount),
  maxMapCount: optional(amount),
  ksm: optional(booleanCodec),
  memlockLimit: optional(bigintCodec),
  stackLimit: optional(bigintCodec),
  hardLimits: optional(
    objectCodec<HardLimits>({
      AS: optional(bigintCodec),
      DATA: optional(bigintCodec),
      STACK: optional(bigintCodec),
      MEMLOCK: optional(bigintCodec),
    }),
  ),
  maxListedFaults: optional(wholeCodec(0, TRACE_LIMITS.faults)),
});
const foreignCodec = listCodec(
  objectCodec<ForeignRange>({ start: bigintCodec, end: bigintCodec, mappings: wholeCodec(1) }),
  TRACE_LIMITS.ranges,
);
const labelsCodec = listCodec(objectCodec<TraceLabel>({ text: textCodec, start: bigintCodec, end: bigintCodec }), TRACE_LIMITS.ranges);
const sentencesCodec = listCodec(textCodec, MOST_SENTENCES);

/** A trace as the text of a document. */
export function encodeTrace(trace: Trace): string {
  const { title, release, pageSize, machine, foreign, labels, steps, prologue, leftOut } = trace;
  const head = {
    format: TRACE_FORMAT,
    version: TRACE_VERSION,
    title: textCodec.encode(title),
    release,
    pageSize,
    machine: machineCodec.encode(machine),
    foreign: foreignCodec.encode(foreign),
    labels: labelsCodec.encode(labels),
    prologue,
    leftOut: sentencesCodec.encode(leftOut),
  };
  const fields = Object.entries(head).map(([name, value]) => ` ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  const lines = steps.map((step) => `  ${JSON.stringify(encodeStep(step))}`);
  return `{\n${fields.join(",\n")},\n "steps": [\n${lines.join(",\n")}\n ]\n}\n`;
}

/** One step as JSON: its operation, its result, and why they may differ. */
export function encodeStep({ operation, result, explained }: TraceStep): Readonly<Record<string, unknown>> {
  return {
    operation: encodeOperation(operation),
    result: result === null ? null : encodeResult(result),
    ...(explained === undefined ? {} : { explained: textCodec.encode(explained) }),
  };
}

/**
 * Reads a document.
 * @param text what the file holds
 * @throws Error that says in a sentence what is wrong, at which step, and what to do
 */
export function decodeTrace(text: string): Trace {
  if (text.length > TRACE_LIMITS.characters)
    throw new Error(
      `The trace has ${String(text.length)} characters; at most ${String(TRACE_LIMITS.characters)} are read. Record fewer calls.`,
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`The trace is not JSON, or was cut short: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return readTrace(json);
}

/** Reads the JSON of a document that was parsed already. @throws Error as {@link decodeTrace} */
export function readTrace(json: unknown): Trace {
  const raw = object(json, "The trace");
  if (ownField(raw, "format") !== TRACE_FORMAT)
    throw new Error(`This is no trace: its format is not "${TRACE_FORMAT}". Open a file that lab.trace().save() wrote.`);
  const version = wholeCodec(1).decode(ownField(raw, "version"), "version");
  if (version > TRACE_VERSION)
    throw new Error(
      `This trace was made by a newer mmaplab (format ${String(version)}; this reader knows format ${String(TRACE_VERSION)}). Update mmaplab to read it.`,
    );
  const read = <T>(name: string, codec: Codec<T>): T => codec.decode(ownField(raw, name), name);
  const machine = read("machine", machineCodec);
  const steps = readSteps(raw, new WorkBound(settingsOf(machine)));
  return {
    title: read("title", textCodec),
    release: read("release", textCodec),
    pageSize: read("pageSize", pageSizeCodec),
    machine,
    foreign: read("foreign", foreignCodec),
    labels: read("labels", labelsCodec),
    prologue: read("prologue", wholeCodec(0, steps.length)),
    leftOut: read("leftOut", sentencesCodec),
    steps,
  };
}

const pageSizeCodec: Codec<number> = {
  encode: (bytes) => bytes,
  decode: (json, place) => (json === 4096 ? json : wrong(place, "4096, the only size of pages that the model has", json)),
};

function readSteps(raw: JsonObject, work: WorkBound): TraceStep[] {
  const steps = array(ownField(raw, "steps"), "steps");
  if (steps.length > TRACE_LIMITS.steps)
    throw new Error(`The trace has ${String(steps.length)} steps; at most ${String(TRACE_LIMITS.steps)} are read. Record fewer calls.`);
  return steps.map((json, index) => {
    const place = `step ${String(index + 1)}`;
    const step = decodeStep(json, place);
    work.add(step.operation, place);
    return step;
  });
}

/**
 * Reads one step.
 * @param place where it stands, for errors
 * @throws Error that names the place where it is none, or where it would take too long to run
 */
export function decodeStep(json: unknown, place: Place): TraceStep {
  const raw = object(json, place);
  const operation = decodeOperation(ownField(raw, "operation"), `${place}: operation`);
  const pages = pagesWalked(operation);
  if (pages > TRACE_LIMITS.pages)
    throw new Error(`${place}: ${operation.op} goes through ${String(pages)} pages; at most ${String(TRACE_LIMITS.pages)} are replayed.`);
  const result = ownField(raw, "result") ?? null;
  const explained = ownField(raw, "explained");
  return {
    operation,
    result: result === null ? null : decodeResult(result, `${place}: result`),
    ...(explained === undefined ? {} : { explained: textCodec.decode(explained, `${place}: explained`) }),
  };
}
