/**
 * Runs arm64 machine code of the probe in a program of its own under qemu-user: a static ELF file with a few instructions that
 * call the code, store to an address if told to, write memory to stdout and exit.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { syscallNumber } from "../../../../kernel/src/linux/syscall-numbers.js";
import { arm64 } from "../../../../kernel/src/probe/arm64/architecture.js";

/** The emulator, from the Debian package qemu-user. */
const QEMU = "qemu-aarch64";
export const emulatorMissing = spawnSync(QEMU, ["--version"]).status !== 0;

/** Where things lie in the emulated process. */
export const AT = Object.freeze({
  start: 0x40_0000n,
  probe: 0x50_0000n,
  lastWords: 0x60_0000n,
  memory: 0x70_0000n,
});
export const MEMORY_BYTES = 65536;

const READ_EXECUTE = 5;
const READ_WRITE = 6;
const ALIGNMENT = 65536;

/** What the process does. */
export interface Call {
  /** Called first. */
  readonly function: bigint;
  readonly arguments: readonly bigint[];
  /** What memory holds at the start. */
  readonly memory: Uint8Array;
  /** Stored to after the call, where given. */
  readonly thenStoreTo?: bigint;
  /** What stdin is. */
  readonly input?: Uint8Array;
}

/** What came of it. */
export interface Emulated {
  /** What it wrote: last the memory, where it came so far. */
  readonly output: Buffer;
  /** What the emulator said. */
  readonly errors: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `_start`, with its constants behind it. */
function start({ function: target, arguments: [first = 0n, second = 0n, third = 0n], thenStoreTo = 0n }: Call): Uint8Array {
  const instructions = [
    0x58000240, // ldr x0, constant 0
    0x58000261, // ldr x1, constant 1
    0x58000282, // ldr x2, constant 2
    0x580002a9, // ldr x9, constant 3
    0xd63f0120, // blr x9
    0x580002a9, // ldr x9, constant 4
    0xb4000049, // cbz x9, past the next
    0x39000129, // strb w9, [x9]
    0xd2800020, // mov x0, #1
    0x58000261, // ldr x1, constant 5
    0x58000282, // ldr x2, constant 6
    0xd2800000 | 8 | (syscallNumber("write", "arm64") << 5), // mov x8, write
    0xd4000001, // svc #0
    0xd2800000, // mov x0, #0
    0xd2800000 | 8 | (syscallNumber("exit_group", "arm64") << 5), // mov x8, exit_group
    0xd4000001, // svc #0
    0xd4200000, // brk #0
    0xd4200000,
  ];
  const constants = [first, second, third, target, thenStoreTo, AT.memory, BigInt(MEMORY_BYTES)];
  return Buffer.concat([new Uint8Array(Uint32Array.from(instructions).buffer), new Uint8Array(BigUint64Array.from(constants).buffer)]);
}

interface Segment {
  readonly at: bigint;
  readonly rights: number;
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** A static ELF file for arm64 (elf(5)). */
function elf(segments: readonly Segment[]): Uint8Array {
  const file = Buffer.alloc(ALIGNMENT * (segments.length + 1));
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // 64 bits, little-endian
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(183, 18); // EM_AARCH64
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(AT.start, 24);
  file.writeBigUInt64LE(64n, 32); // program headers follow
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(segments.length, 56);
  for (const [i, { at, rights, bytes, length }] of segments.entries()) {
    const header = 64 + 56 * i;
    const offset = ALIGNMENT * (i + 1);
    file.writeUInt32LE(1, header); // PT_LOAD
    file.writeUInt32LE(rights, header + 4);
    const words = [BigInt(offset), at, at, BigInt(bytes.length), BigInt(length), BigInt(ALIGNMENT)];
    for (const [word, value] of words.entries()) file.writeBigUInt64LE(value, header + 8 + 8 * word);
    file.set(bytes, offset);
  }
  return file;
}

/** The data of the last words as the installer leaves it. */
function lastWordsData(): Uint8Array {
  const { data, descriptor, report, end } = arm64.lastWords;
  const bytes = Buffer.alloc(Math.min(end - data, ALIGNMENT));
  bytes.writeUInt32LE(1, descriptor - data);
  bytes.write("mmaplab-crash-1\n", report - data, "latin1");
  return bytes;
}

/** Runs one process. */
export function emulate(call: Call): Emulated {
  const { code, codePage, lastWords } = arm64;
  const words = start(call);
  const image = elf([
    { at: AT.start, rights: READ_EXECUTE, bytes: words, length: words.length },
    { at: AT.probe, rights: READ_EXECUTE, bytes: code, length: code.length },
    { at: AT.probe + BigInt(codePage), rights: READ_WRITE, bytes: new Uint8Array(8), length: codePage },
    { at: AT.lastWords, rights: READ_EXECUTE, bytes: lastWords.code, length: lastWords.code.length },
    { at: AT.lastWords + BigInt(lastWords.data), rights: READ_WRITE, bytes: lastWordsData(), length: lastWords.end - lastWords.data },
    { at: AT.memory, rights: READ_WRITE, bytes: call.memory, length: MEMORY_BYTES },
  ]);
  const directory = mkdtempSync(join(tmpdir(), "mmaplab-test-"));
  try {
    const [program, input] = [join(directory, "program"), join(directory, "input")];
    writeFileSync(program, image, { mode: 0o700 });
    writeFileSync(input, call.input ?? new Uint8Array(0));
    const stdin = openSync(input, "r");
    try {
      // Core files would be left behind by those that end in a signal.
      const { stdout, stderr, status, signal, error } = spawnSync("sh", ["-c", 'ulimit -c 0; exec "$@"', "sh", QEMU, program], {
        stdio: [stdin, "pipe", "pipe"],
        timeout: 60_000,
      });
      if (error !== undefined) throw error;
      return { output: stdout, errors: stderr.toString("latin1"), status, signal };
    } finally {
      closeSync(stdin);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}
