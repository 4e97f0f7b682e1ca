/** `check.contents`: the bytes of a mapping or a file. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { describe, wholeNumber } from "../../linux/arguments.js";
import { Mapping } from "../mapping.js";
import { theLab } from "../the-lab.js";
import { conclude, requireCheck, type CheckOptions } from "./report.js";
import { endedWords } from "./settle.js";

/** Which bytes are looked at. */
export interface ContentsOptions extends CheckOptions {
  /** In bytes from the start of the mapping or the file; 0 unless told. */
  readonly offset?: number;
}

/** The most bytes one check compares. */
const MOST_BYTES = 1 << 26;
/** How many bytes a message shows. */
const SHOWN_BYTES = 16;

/**
 * Checks bytes. A mapping is read by loads that are not counted, which map the pages they read; a file is read with read(2), so what was written to a shared mapping of it is seen.
 * @param where a mapping, a descriptor, or the path of a file
 * @param expected bytes, or text as UTF-8
 */
export function checkContents(
  name: string,
  where: Mapping | number | string,
  expected: Uint8Array | readonly number[] | string,
  options: ContentsOptions = {},
): void {
  requireCheck("check.contents", name, options);
  const wanted = bytesOf(expected);
  const offset = wholeNumber("check.contents: offset", options.offset ?? 0, 0);
  const seen = read(where, offset, wanted.length);
  if (typeof seen === "string") return conclude(name, { outcome: "failed", expected: bytesWords(wanted, 0), seen }, options);
  const { bytes, stoppedBy } = seen;
  const at = wanted.findIndex((byte, index) => byte !== bytes[index]);
  if (at === -1) return conclude(name, { outcome: "passed", seen: `${String(wanted.length)} bytes as expected` }, options);
  const place = `from byte ${String(offset + at)}: `;
  conclude(
    name,
    { outcome: "failed", expected: place + bytesWords(wanted, at), seen: place + (bytes.length <= at ? stoppedBy : bytesWords(bytes, at)) },
    options,
  );
}

function bytesOf(expected: Uint8Array | readonly number[] | string): Uint8Array {
  const wanted = typeof expected === "string" ? new TextEncoder().encode(expected) : expected;
  const isBytes =
    wanted instanceof Uint8Array || (Array.isArray(wanted) && wanted.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255));
  if (!isBytes) throw new TypeError(`check.contents: expect a Uint8Array, a list of bytes (0 to 255) or a text, not ${describe(expected)}`);
  if (wanted.length === 0 || wanted.length > MOST_BYTES)
    throw new RangeError(`check.contents: expect 1 to ${String(MOST_BYTES)} bytes, not ${String(wanted.length)}`);
  return Uint8Array.from(wanted);
}

/** Bytes, and in words what keeps from reading more. */
interface ReadBytes {
  readonly bytes: Uint8Array;
  readonly stoppedBy: string;
}

/** @returns the bytes, or in words why there are none */
function read(where: Mapping | number | string, offset: number, length: number): ReadBytes | string {
  if (where instanceof Mapping) return readMemory(where, offset, length);
  if (typeof where !== "number" && typeof where !== "string")
    throw new TypeError(`check.contents: look into a mapping, a descriptor or the path of a file, not ${describe(where)}`);
  try {
    return { bytes: readFile(where, offset, length), stoppedBy: "nothing, the file ends there" };
  } catch (error) {
    return endedWords({ kind: "threw", error });
  }
}

function readMemory(mapping: Mapping, offset: number, length: number): ReadBytes {
  if (mapping.in.kind !== "live") throw new Error("check.contents: a prediction has no real memory. Check outside of predict().");
  const { outcome, seen } = theLab().kernel.run({ op: "peek", at: mapping.addr + BigInt(offset), length, process: theLab().world.process });
  const bytes = seen?.kind === "bytes" ? seen.bytes : new Uint8Array(0);
  return { bytes, stoppedBy: outcome.kind === "signal" ? `${outcome.signal} (${outcome.code})` : "nothing can be read" };
}

function readFile(where: number | string, offset: number, length: number): Uint8Array {
  const fd = typeof where === "number" ? where : openSync(where, "r");
  try {
    const room = Math.min(length, Math.max(0, fstatSync(fd).size - offset));
    const bytes = new Uint8Array(room);
    for (let done = 0; done < room;) {
      const count = readSync(fd, bytes, done, room - done, offset + done);
      if (count === 0) return bytes.subarray(0, done);
      done += count;
    }
    return bytes;
  } finally {
    if (typeof where === "string") closeSync(fd);
  }
}

function bytesWords(bytes: Uint8Array, from: number): string {
  const shown = [...bytes.subarray(from, from + SHOWN_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return bytes.length > from + SHOWN_BYTES ? `${shown} …` : shown;
}
