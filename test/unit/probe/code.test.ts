/** The machine code in the repository is what its source assembles to, and lies where the rest of the probe expects it. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Architecture } from "../../../kernel/src/probe/architecture.js";
import { arm64 } from "../../../kernel/src/probe/arm64/architecture.js";
import { x86_64 } from "../../../kernel/src/probe/x86-64/architecture.js";
import { Assembler, type Processor } from "./assembler.js";

const SOURCES = join(import.meta.dirname, "../../../kernel/src/probe");
const SMALLEST_PAGE = 4096;

interface Case {
  readonly folder: string;
  readonly processor: Processor;
  readonly architecture: Architecture;
  /** The first instructions of a handler's restorer: rt_sigreturn by its number. */
  readonly restorer: readonly number[];
  /** Bytes of the jump over the mark. */
  readonly jump: number;
}

const CASES: readonly Case[] = [
  // mov eax, 15
  { folder: "x86-64", processor: "x64", architecture: x86_64, restorer: [0xb8, 15, 0, 0, 0], jump: 2 },
  // mov x8, #139
  { folder: "arm64", processor: "arm64", architecture: arm64, restorer: [0x68, 0x11, 0x80, 0xd2], jump: 4 },
];

describe.each(CASES)("the machine code for $folder", ({ folder, processor, architecture, restorer, jump }) => {
  const { code, lastWords, handler } = architecture;
  const assembler = new Assembler(processor);

  test.skipIf(assembler.missing)(`of program.S is that of code.ts (needs ${assembler.package})`, () => {
    expect(assembler.bytes(join(SOURCES, folder, "program.S")).toString("hex")).toBe(Buffer.from(code).toString("hex"));
  });

  test.skipIf(assembler.missing)(`of last-words.S is that of last-words-code.ts (needs ${assembler.package})`, () => {
    expect(assembler.bytes(join(SOURCES, folder, "last-words.S")).toString("hex")).toBe(Buffer.from(lastWords.code).toString("hex"));
  });

  test("fits into the smallest page", () => {
    for (const { length } of [code, lastWords.code]) {
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThanOrEqual(SMALLEST_PAGE);
    }
  });

  test("has its marks where the installer expects them", () => {
    const mark = (bytes: Uint8Array, at: number) => Buffer.from(bytes.subarray(at + jump, at + jump + 8)).toString("latin1");
    expect(handler).toBeGreaterThan(0);
    expect(mark(code, handler)).toBe("mmaplab1");
    expect(mark(lastWords.code, lastWords.handler)).toBe("mmaplab1");
    expect([...lastWords.code.subarray(lastWords.restorer, restorer.length)]).toEqual(restorer);
  });
});
