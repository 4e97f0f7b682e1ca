/**
 * How the arm64 handler reads a signal frame, on frames as the kernel lays them out (arch/arm64/kernel/signal.c): the emulator's
 * own carry no exception syndrome.
 */
import { describe, expect, test } from "vitest";
import { STEP } from "../../../../kernel/src/probe/record.js";
import { readSignal } from "../../../../kernel/src/probe/signal.js";
import { arm64 } from "../../../../kernel/src/probe/arm64/architecture.js";
import { AT, MEMORY_BYTES, emulatorMissing } from "./emulator.js";
import { callEmulated } from "./run-emulated.js";

/** ESR_ELx: class of the exception in bits 26 to 31, length in bit 25, kind of abort and write in the low bits. */
const READ_OF_NOTHING = 0x9200_0007n;
const WRITE_AGAINST_RIGHTS = 0x9200_004fn;
const FETCH_AGAINST_RIGHTS = 0x8200_000fn;
const MAINTENANCE_OF_NOTHING = 0x9200_0147n;
const UNALIGNED = 0x9200_0021n;
const UNALIGNED_FETCH = 0x8a00_0000n;

describe("the exception syndrome", () => {
  test.each([
    ["a read where nothing is mapped", READ_OF_NOTHING, { present: false, write: false, fetch: false }],
    ["a write against the rights", WRITE_AGAINST_RIGHTS, { present: true, write: true, fetch: false }],
    ["a fetch against the rights", FETCH_AGAINST_RIGHTS, { present: true, write: false, fetch: true }],
    ["cache maintenance, which is no write", MAINTENANCE_OF_NOTHING, { present: false, write: false, fetch: false }],
  ])("of %s", (_name, syndrome, error) => {
    expect(arm64.faultError(syndrome)).toEqual(error);
    expect(arm64.isPageFault(Number(syndrome >> 26n), syndrome)).toBe(true);
  });

  test.each([
    ["an access that is not aligned", UNALIGNED],
    ["a fetch that is not aligned", UNALIGNED_FETCH],
    ["a frame without one", 0n],
  ])("of %s is no page fault's", (_name, syndrome) => {
    expect(arm64.isPageFault(Number(syndrome >> 26n), syndrome)).toBe(false);
  });
});

test("only a whole return instruction may be executed", () => {
  expect(arm64.refuseToRun(Uint8Array.of(0xc0, 0x03, 0x5f, 0xd6))).toBeUndefined();
  for (const bytes of [[0, 0, 0, 0], [0xc0, 0x03, 0x5f], [0xc3, 0x03, 0x5f, 0xd6], []])
    expect(arm64.refuseToRun(Uint8Array.from(bytes))).toContain("not c0035fd6 (ret)");
});

/** Where an instruction lies in the code, by its encoding. */
function instruction(encoding: number): bigint {
  const words = new DataView(arm64.code.buffer, arm64.code.byteOffset, arm64.code.length);
  for (let at = 0; at < arm64.code.length; at += 4) if (words.getUint32(at, true) === encoding) return AT.probe + BigInt(at);
  throw new Error(`no instruction 0x${encoding.toString(16)} in the code`);
}

const LOAD = instruction(0x39400338); // ldrb w24, [x25]
const STORE = instruction(0x3900033a); // strb w26, [x25]
const CALL = instruction(0xd63f0320); // blr x25
const CLEAN = instruction(0xd50b7b39); // dc cvau, x25
const INVALIDATE = instruction(0xd50b7539); // ic ivau, x25
const SYNCED = instruction(0x8b1c0339); // add x25, x25, x28
const RESUME = instruction(0x92800018); // mov x24, #-1
const ELSEWHERE = AT.start;

const [SIGINFO, RECORD, UCONTEXT] = [0, 1024, 8192];
const UC = { registers: 184, pc: 440, records: 464, end: 464 + 4096 };
const FPSIMD = { magic: 0x46508001, size: 528 };
const ESR = { magic: 0x45535201, size: 16 };

interface Frame {
  readonly pc: bigint;
  readonly code?: number;
  readonly registers?: Readonly<Record<number, bigint>>;
  /** What follows the registers. */
  readonly records: readonly { readonly magic: number; readonly size: number; readonly value?: bigint }[];
}

/** Calls the handler of the probe with a frame. */
function handle({ pc, code = 1, registers = {}, records }: Frame) {
  const memory = new Uint8Array(MEMORY_BYTES);
  const view = new DataView(memory.buffer);
  view.setUint32(SIGINFO, 11, true);
  view.setInt32(SIGINFO + 8, code, true);
  view.setBigUint64(SIGINFO + 16, 0xabcd_e000n, true);
  const set = (register: number, value: bigint) => {
    view.setBigUint64(UCONTEXT + UC.registers + 8 * register, value, true);
  };
  set(19, AT.memory + BigInt(RECORD));
  set(25, 0xabcd_e000n);
  for (const [register, value] of Object.entries(registers)) set(Number(register), value);
  view.setBigUint64(UCONTEXT + UC.pc, pc, true);
  let at = UCONTEXT + UC.records;
  for (const { magic, size, value = 0n } of records) {
    view.setUint32(at, magic, true);
    view.setUint32(at + 4, size, true);
    view.setBigUint64(at + 8, value, true);
    at += Math.max(size, 8);
  }
  // Behind the frame: what looks like a syndrome must not be taken for one.
  view.setUint32(UCONTEXT + UC.end, ESR.magic, true);
  view.setUint32(UCONTEXT + UC.end + 4, ESR.size, true);
  view.setBigUint64(UCONTEXT + UC.end + 8, UNALIGNED, true);
  const addresses = [SIGINFO, UCONTEXT].map((offset) => AT.memory + BigInt(offset));
  const after = callEmulated(AT.probe + BigInt(arm64.handler), [11n, ...addresses], memory);
  return {
    pc: after.getBigUint64(UCONTEXT + UC.pc, true),
    signal: readSignal(after, RECORD, arm64),
    touched: after.getBigUint64(RECORD + STEP.touched, true),
  };
}

const NORMAL = [FPSIMD, { ...ESR, value: READ_OF_NOTHING }, { magic: 0, size: 0 }];

describe.skipIf(emulatorMissing)("the handler under emulation (needs qemu-user)", () => {
  test.each([
    ["load", LOAD, READ_OF_NOTHING, { present: false, write: false, fetch: false }],
    ["store", STORE, WRITE_AGAINST_RIGHTS, { present: true, write: true, fetch: false }],
  ])("records a %s with its syndrome", (_name, pc, value, error) => {
    const { signal, pc: next } = handle({ pc, records: [FPSIMD, { ...ESR, value }, { magic: 0, size: 0 }] });
    expect(signal).toMatchObject({
      signal: "SIGSEGV",
      code: "SEGV_MAPERR",
      address: 0xabcd_e000n,
      error,
      errorBits: value,
      trap: 0x24,
      pageFault: true,
    });
    expect(next).toBe(RESUME);
  });

  test("knows the fetch of a touched byte by where it was called from", () => {
    const value = FETCH_AGAINST_RIGHTS;
    const records = [FPSIMD, { ...ESR, value }, { magic: 0, size: 0 }];
    const ours = handle({ pc: 0xabcd_e000n, registers: { 30: CALL + 4n }, records });
    expect(ours.signal).toMatchObject({ error: { fetch: true }, trap: 0x20, pageFault: true });
    expect(ours.pc).toBe(RESUME);
    expect(handle({ pc: 0xabcd_e000n, registers: { 30: CALL }, records })).toMatchObject({ signal: undefined, pc: 0xabcd_e000n });
  });

  const none = { errorBits: 0n, pageFault: false };
  const found = { errorBits: READ_OF_NOTHING, pageFault: true };
  test.each([
    ["without one", [FPSIMD, { magic: 0, size: 0 }], none],
    ["without any record", [{ magic: 0, size: 0 }], none],
    ["with a record that has no length", [{ magic: 7, size: 4 }], none],
    [
      "with one after the end of the records",
      [
        { magic: 0, size: 0 },
        { ...ESR, value: READ_OF_NOTHING },
      ],
      none,
    ],
    ["full to the end without one", Array.from({ length: 256 }, () => ({ magic: 7, size: 16 })), none],
    ["with one record as long as all", [{ magic: 7, size: 4096 }], none],
    [
      "with one at the very end",
      [
        { magic: 7, size: 4080 },
        { ...ESR, value: READ_OF_NOTHING },
      ],
      found,
    ],
    ["with one at the start", [{ ...ESR, value: READ_OF_NOTHING }], found],
  ] as const)("reads a frame %s", (_name, records, expected) => {
    expect(handle({ pc: LOAD, records }).signal).toMatchObject({ code: "SEGV_MAPERR", ...expected });
  });

  test.each([
    ["data", CLEAN],
    ["instruction", INVALIDATE],
  ])("leaves a store alone whose page went before its %s cache was told", (_name, pc) => {
    expect(handle({ pc, records: NORMAL })).toEqual({ pc: SYNCED, signal: undefined, touched: 0n });
  });

  test("leaves faults elsewhere, and signals that were sent, to others", () => {
    expect(handle({ pc: ELSEWHERE, records: NORMAL })).toEqual({ pc: ELSEWHERE, signal: undefined, touched: 0n });
    expect(handle({ pc: LOAD, code: 0, records: NORMAL })).toEqual({ pc: LOAD, signal: undefined, touched: 0n });
  });
});
