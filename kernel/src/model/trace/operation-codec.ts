/** Operations as JSON: the same fields by the same names, driven by one table. */
import { object, string, type Place } from "../scenario-json.js";
import type { Operation, OperationName, SetRlimit } from "../operation.js";
import { bytesCodec } from "./bytes.js";
import {
  amountCodec,
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
  type Fields,
} from "./codec.js";
import { TRACE_LIMITS } from "./trace.js";

type Named<Name extends OperationName> = Operation extends infer One
  ? One extends { readonly op: infer Names }
    ? Name extends Names
      ? One
      : never
    : never
  : never;
type FieldsOf<Name extends OperationName> = Fields<Omit<Named<Name>, "op" | "process">>;

const flags = wholeCodec();
const file = textCodec;
const size = wholeCodec(0);
const process = wholeCodec(0, 1 << 22);
const byte = wholeCodec(0, 255);
const range = { at: bigintCodec, length: bigintCodec };
const transfer = { file, offset: wholeCodec(), length: wholeCodec(), byte: optional(byte) };
const flush = { file, dataOnly: optional(booleanCodec) };

const pageRange: Codec<readonly [number, number]> = {
  encode: (pages) => pages,
  decode: (json, place) => {
    const [start = -1, end = -1] = listCodec(size, 2).decode(json, place);
    if (start < 0 || end < start) throw new Error(`${place}: is no range of pages: give the first, and one past the last.`);
    return [start, end];
  },
};

const limitCodec: Codec<SetRlimit["value"]> = {
  encode: (value) => (typeof value === "bigint" ? bigintCodec.encode(value) : value),
  decode: (json, place) =>
    typeof json === "string"
      ? bigintCodec.decode(json, place)
      : objectCodec<Exclude<SetRlimit["value"], bigint>>({ currentTotalVmPlusPages: wholeCodec() }).decode(json, place),
};

/** Every operation with its fields. */
const OPERATIONS: { readonly [Name in OperationName]: FieldsOf<Name> } = {
  open: {
    file,
    backing: wordCodec(["memfd", "tmpfs", "ext4", "other", "unmappable"]),
    access: wordCodec(["ro", "wo", "rw"]),
    size,
    data: wordCodec(["hole", "data", "clean", "cold", "bigdata"]),
    fill: optional(byte),
    content: optional(bytesCodec),
    cached: optional(listCodec(pageRange, TRACE_LIMITS.ranges)),
    sameInodeAs: optional(file),
    sealable: optional(booleanCodec),
  },
  close: { file },
  mmap: {
    ...range,
    prot: flags,
    flags,
    file: {
      encode: (name) => name,
      decode: (json, place) => (json === null ? null : file.decode(json, place)),
    },
    offset: bigintCodec,
  },
  munmap: range,
  mprotect: { ...range, prot: flags },
  mremap: { at: bigintCodec, oldLength: bigintCodec, newLength: bigintCodec, flags, to: bigintCodec },
  madvise: { ...range, advice: flags },
  msync: { ...range, flags },
  mlock: range,
  munlock: range,
  mlock2: { ...range, flags },
  mlockall: { flags },
  munlockall: {},
  mseal: { ...range, flags },
  mincore: range,
  brk: { to: bigintCodec },
  ftruncate: { file, size: wholeCodec() },
  pread: transfer,
  pwrite: transfer,
  fsync: flush,
  evict: flush,
  punch: { file, offset: wholeCodec(), length: wholeCodec() },
  seal: { file, seals: flags },
  rlimit: { which: wordCodec(["AS", "DATA", "STACK", "MEMLOCK"]), value: limitCodec, softOnly: optional(booleanCodec) },
  dropcaps: {},
  fork: { child: process },
  exit: { status: optional(wholeCodec(0, 255)), bySignal: optional(wordCodec(["SIGKILL"])) },
  wait: { child: process },
  touch: {
    at: bigintCodec,
    access: wordCodec(["read", "write", "exec"]),
    count: optional(size),
    stride: optional(wholeCodec()),
    byte: optional(byte),
  },
  kernel_copy: { direction: wordCodec(["to_user", "from_user"]), at: bigintCodec },
  peek: { at: bigintCodec, length: optional(size) },
  advance: { seconds: amountCodec },
  maps: range,
  resident: range,
  vmflags: { at: bigintCodec },
  status: {},
};

const CODECS = new Map<string, Codec<object>>(
  // Each table fits its own operation; together they fit any.
  Object.entries(OPERATIONS).map(([op, fields]) => [op, objectCodec<object>(fields)]),
);

/** The names of all operations. */
export const OPERATION_NAMES: readonly string[] = [...CODECS.keys()];

/** An operation as JSON. */
export function encodeOperation(operation: Operation): Readonly<Record<string, unknown>> {
  const { op, process: where } = operation;
  const fields = CODECS.get(op)?.encode(operation);
  return { op, ...(fields as Readonly<Record<string, unknown>>), ...(where === undefined ? {} : { process: where }) };
}

/**
 * Reads an operation.
 * @param place where it stands, for errors
 * @throws Error that names the place where it is none
 */
export function decodeOperation(json: unknown, place: Place): Operation {
  const raw = object(json, place);
  const op = string(ownField(raw, "op"), `${place}: op`);
  const codec = CODECS.get(op);
  if (codec === undefined)
    throw new Error(`${place}: there is no operation ${JSON.stringify(op.slice(0, 40))}. A newer mmaplab may have it.`);
  const where = ownField(raw, "process");
  const by = where === undefined ? {} : { process: process.decode(where, `${place}: process`) };
  // The codec was chosen by the operation's name, so that its fields are those of that operation.
  return { op, ...codec.decode(raw, place), ...by } as Operation;
}
