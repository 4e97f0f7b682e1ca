/** Results as JSON. Faults are columns, since a step may have a million of them. */
import { ERRNO, type ErrnoCode, type SignalCode, type SignalName } from "../../abi/index.js";
import type { Access } from "../operation.js";
import type { Fault, FaultKind, Observation, Outcome, Reason, ReasonStep, Result, VmaRecord } from "../result.js";
import { array, object, wrong, type JsonObject, type Place } from "../scenario-json.js";
import { bytesCodec } from "./bytes.js";
import { amountCodec, bigintCodec, listCodec, objectCodec, ownField, textCodec, wholeCodec, wordCodec, type Codec } from "./codec.js";
import { TRACE_LIMITS } from "./trace.js";

const ACCESS_LETTERS: Readonly<Record<Access, string>> = { read: "r", write: "w", exec: "x" };
const KIND_LETTERS: Readonly<Record<FaultKind, string>> = { minor: "m", major: "M", signal: "s" };
const MOST_REASON_STEPS = 1000;
const MOST_PAGES_SEEN = TRACE_LIMITS.bytes;

const countCodec = wholeCodec(0);
const errnoCodec = wordCodec(Object.keys(ERRNO) as ErrnoCode[]);
const signalCodec = wordCodec<SignalName>(["SIGSEGV", "SIGBUS"]);
const signalCodeCodec = wordCodec<SignalCode>([
  "SEGV_MAPERR",
  "SEGV_ACCERR",
  "SEGV_PKUERR",
  "BUS_ADRALN",
  "BUS_ADRERR",
  "BUS_OBJERR",
  "BUS_MCEERR_AR",
  "BUS_MCEERR_AO",
  "SI_KERNEL",
]);
const vmaCodec = objectCodec<VmaRecord>({
  start: bigintCodec,
  end: bigintCodec,
  perms: textCodec,
  offset: bigintCodec,
  object: { encode: (name) => name, decode: (json, place) => (json === null ? null : textCodec.decode(json, place)) },
});
const vmasCodec = listCodec(vmaCodec, TRACE_LIMITS.ranges);
const reasonCodec = listCodec(objectCodec<ReasonStep>({ rule: textCodec, text: textCodec }), MOST_REASON_STEPS);

/** A result as JSON. The reasons of single faults are left out: the model gives them again. */
export function encodeResult(result: Result): Readonly<Record<string, unknown>> {
  const { outcome, counts, faults, instrument, lost, seen, reason, tookNs } = result;
  return {
    ...encodeOutcome(outcome),
    minor: counts.minor,
    major: counts.major,
    ...(faults.length === 0 ? {} : { faults: encodeFaults(faults) }),
    ...(instrument === undefined ? {} : { instrument }),
    ...(lost === undefined ? {} : { lost }),
    ...(seen === undefined ? {} : { seen: encodeSeen(seen) }),
    ...(reason.length === 0 ? {} : { reason: reasonCodec.encode(reason) }),
    ...(tookNs === undefined ? {} : { tookNs: nanoseconds(tookNs) }),
  };
}

/**
 * Reads a result.
 * @param place where it stands, for errors
 * @throws Error that names the place where it is none
 */
export function decodeResult(json: unknown, place: Place): Result {
  const raw = object(json, place);
  const read = <T>(name: string, codec: Codec<T>): T => codec.decode(ownField(raw, name), `${place}: ${name}`);
  const readIf = <T>(name: string, codec: Codec<T>): T | undefined => (ownField(raw, name) === undefined ? undefined : read(name, codec));
  const instrument = readIf("instrument", textCodec);
  const lost = readIf("lost", countCodec);
  const tookNs = readIf("tookNs", amountCodec);
  const seen = ownField(raw, "seen");
  const reason: Reason = readIf("reason", reasonCodec) ?? [];
  return {
    outcome: decodeOutcome(raw, place),
    counts: { minor: read("minor", countCodec), major: read("major", countCodec) },
    faults: ownField(raw, "faults") === undefined ? [] : decodeFaults(raw["faults"], `${place}: faults`),
    ...(instrument === undefined ? {} : { instrument }),
    ...(lost === undefined ? {} : { lost }),
    ...(seen === undefined ? {} : { seen: decodeSeen(seen, `${place}: seen`) }),
    reason,
    ...(tookNs === undefined ? {} : { tookNs }),
  };
}

function encodeOutcome(outcome: Outcome): Readonly<Record<string, unknown>> {
  switch (outcome.kind) {
    case "value":
      return { value: bigintCodec.encode(outcome.value) };
    case "errno":
      return { errno: outcome.code };
    case "signal":
      return { signal: outcome.signal, code: outcome.code, address: bigintCodec.encode(outcome.address) };
  }
}

function decodeOutcome(raw: JsonObject, place: Place): Outcome {
  const [value, errno, signal] = [ownField(raw, "value"), ownField(raw, "errno"), ownField(raw, "signal")];
  if (errno !== undefined) return { kind: "errno", code: errnoCodec.decode(errno, `${place}: errno`) };
  if (signal === undefined) return { kind: "value", value: bigintCodec.decode(value, `${place}: value`) };
  return {
    kind: "signal",
    signal: signalCodec.decode(signal, `${place}: signal`),
    code: signalCodeCodec.decode(ownField(raw, "code"), `${place}: code`),
    address: bigintCodec.decode(ownField(raw, "address"), `${place}: address`),
  };
}

/** Whole ones: no clock is finer. */
function nanoseconds(ns: number | undefined): number | null {
  return ns === undefined ? null : Math.round(ns);
}

/** Addresses as the first one and then the differences, which are short numbers. */
function encodeFaults(faults: readonly Fault[]): Readonly<Record<string, unknown>> {
  let before = 0n;
  const address = faults.map((fault) => {
    const difference = fault.address - before;
    before = fault.address;
    const number = Number(difference);
    return Number.isSafeInteger(number) ? number : bigintCodec.encode(difference);
  });
  const timed = (name: "atNs" | "tookNs"): object =>
    faults.some((fault) => fault[name] !== undefined) ? { [name]: faults.map((fault) => nanoseconds(fault[name])) } : {};
  return {
    address,
    access: faults.map((fault) => ACCESS_LETTERS[fault.access]).join(""),
    kind: faults.map((fault) => KIND_LETTERS[fault.kind]).join(""),
    ...timed("atNs"),
    ...timed("tookNs"),
  };
}

function decodeFaults(json: unknown, place: Place): Fault[] {
  const raw = object(json, place);
  const differences = array(ownField(raw, "address"), `${place}: address`);
  const count = differences.length;
  if (count > TRACE_LIMITS.faults)
    throw new Error(`${place}: lists ${String(count)} faults; at most ${String(TRACE_LIMITS.faults)} are read.`);
  const access = letters(ownField(raw, "access"), ACCESS_LETTERS, count, `${place}: access`);
  const kind = letters(ownField(raw, "kind"), KIND_LETTERS, count, `${place}: kind`);
  const atNs = times(ownField(raw, "atNs"), count, `${place}: atNs`);
  const tookNs = times(ownField(raw, "tookNs"), count, `${place}: tookNs`);
  let address = 0n;
  return differences.map((difference, index) => {
    const where = `${place}: address[${String(index)}]`;
    address += typeof difference === "number" ? BigInt(wholeCodec().decode(difference, where)) : bigintCodec.decode(difference, where);
    const [at, took] = [atNs?.[index] ?? undefined, tookNs?.[index] ?? undefined];
    return {
      address,
      access: access[index] ?? "read",
      kind: kind[index] ?? "minor",
      ...(at === undefined ? {} : { atNs: at }),
      ...(took === undefined ? {} : { tookNs: took }),
    };
  });
}

function letters<Word extends string>(json: unknown, words: Readonly<Record<Word, string>>, count: number, place: Place): Word[] {
  if (typeof json !== "string" || json.length !== count) return wrong(place, `${String(count)} letters, one a fault`, json);
  const byLetter = new Map((Object.keys(words) as Word[]).map((word) => [words[word], word]));
  return Array.from(json, (letter) => byLetter.get(letter) ?? wrong(place, `letters of ${[...byLetter.keys()].join(", ")}`, letter));
}

function times(json: unknown, count: number, place: Place): (number | null)[] | undefined {
  if (json === undefined) return undefined;
  const values = array(json, place);
  if (values.length !== count) return wrong(place, `${String(count)} times, one a fault`, `${String(values.length)} of them`);
  return values.map((value) => (value === null ? null : amountCodec.decode(value, place)));
}

function encodeSeen(seen: Observation): Readonly<Record<string, unknown>> {
  switch (seen.kind) {
    case "mincore":
      return { kind: seen.kind, pages: bytesCodec.encode(seen.pages) };
    case "bytes":
      return { kind: seen.kind, bytes: bytesCodec.encode(seen.bytes) };
    case "maps":
      return { kind: seen.kind, vmas: vmasCodec.encode(seen.vmas) };
    case "resident":
    case "vmflags":
    case "status":
      return { ...seen };
  }
}

function decodeSeen(json: unknown, place: Place): Observation {
  const raw = object(json, place);
  const field = (name: string): [unknown, Place] => [ownField(raw, name), `${place}: ${name}`];
  const kind = wordCodec<Observation["kind"]>(["mincore", "bytes", "maps", "resident", "vmflags", "status"]).decode(...field("kind"));
  switch (kind) {
    case "mincore":
      return { kind, pages: bytesCodec.decode(...field("pages")) };
    case "bytes":
      return { kind, bytes: bytesCodec.decode(...field("bytes")) };
    case "maps":
      return { kind, vmas: vmasCodec.decode(...field("vmas")) };
    case "resident": {
      const [pages, where] = field("pages");
      if (typeof pages !== "string" || pages.length > MOST_PAGES_SEEN || !/^[.aAzfFsg]*$/.test(pages))
        return wrong(where, "letters of pages", pages);
      return { kind, pages };
    }
    case "vmflags":
      return { kind, flags: listCodec(textCodec, 64).decode(...field("flags")) };
    case "status":
      return { kind, vmLckKb: countCodec.decode(...field("vmLckKb")) };
  }
}
