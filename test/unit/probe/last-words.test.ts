/** The report of a dying process: what its words say. Its machine code is in code.test.ts, real crashes are in test/protocol/crash.test.ts. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { explainCrash, explainLastWords } from "../../../kernel/src/probe/last-words-explanation.js";
import { REPORT_MAGIC, readCrashReport, type CrashReport } from "../../../kernel/src/probe/last-words-report.js";
import { x86_64 } from "../../../kernel/src/probe/x86-64/architecture.js";

const MAPS = `00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/node
7f0000000000-7f0000004000 rw-p 00000000 00:00 0
7f0000010000-7f0000012000 r--s 00001000 08:02 99 /tmp/deep/data.bin
7f0000020000-7f0000021000 ---p 00000000 00:00 0
`;

function reportBytes(
  fields: Partial<Record<"signal" | "code" | "pid" | "trap", number> & Record<"address" | "instruction" | "error", bigint>>,
): Uint8Array {
  const { signal = 11, code = 1, pid = 42, trap = 14, address = 0n, instruction = 0x400010n, error = 4n } = fields;
  const head = Buffer.alloc(64);
  head.write(REPORT_MAGIC, "latin1");
  head.writeUInt32LE(signal, 16);
  head.writeInt32LE(code, 20);
  head.writeBigUInt64LE(address, 24);
  head.writeBigUInt64LE(instruction, 32);
  head.writeBigUInt64LE(error, 40);
  head.writeBigUInt64LE(BigInt(trap), 48);
  head.writeUInt32LE(pid, 56);
  head.writeUInt32LE(pid, 60);
  return Buffer.concat([head, Buffer.from(MAPS, "latin1")]);
}

function report(fields: Parameters<typeof reportBytes>[0]): CrashReport {
  const read = readCrashReport(reportBytes(fields));
  if (read === undefined) throw new Error("the report is not read");
  return read;
}

const [READ, WRITE, FETCH] = [4n, 6n, 20n];

const CASES = [
  {
    name: "a read between two mappings names both",
    fields: { address: 0x7f0000008000n, error: READ },
    says: [
      "it read from 0x7f0000008000, where nothing is mapped",
      "below, 0x4001 bytes away: 0x7f0000000000-0x7f0000004000 rw-p anonymous memory",
      "above, 0x8000 bytes away: 0x7f0000010000-0x7f0000012000 r--s mapping of data.bin",
      "SEGV_MAPERR",
      "The instruction was in node.",
    ],
  },
  {
    name: "a null pointer is called one",
    fields: { address: 8n, error: WRITE },
    says: ["it wrote to 0x8, where nothing", "a null pointer"],
  },
  {
    name: "a write to read-only pages names the right",
    fields: { code: 2, address: 0x7f0000010fffn, error: WRITE, instruction: 0x7f0000000000n },
    says: [
      "it wrote to 0x7f0000010fff: the page belongs to 0x7f0000010000-0x7f0000012000 r--s (mapping of data.bin), which lacks the write right",
      "PROT_WRITE",
      "in JavaScript that V8 had compiled",
    ],
  },
  {
    name: "a read of PROT_NONE",
    fields: { code: 2, address: 0x7f0000020000n, error: READ },
    says: ["---p (anonymous memory), which lacks the read right", "PROT_READ"],
  },
  {
    name: "a call into data",
    fields: { code: 2, address: 0x7f0000000010n, error: FETCH, instruction: 0x7f0000000010n },
    says: ["it executed 0x7f0000000010", "lacks the execute right", "PROT_EXEC"],
  },
  {
    name: "an access the rights allow by now",
    fields: { code: 2, address: 0x7f0000000010n, error: WRITE },
    says: ["was refused all the same", "guard page"],
  },
  {
    name: "a page of a file that is gone",
    fields: { signal: 7, code: 2, address: 0x7f0000011003n, error: READ },
    says: ["it read from 0x7f0000011003, byte 8195 of data.bin, and the page has no file content behind it", "BUS_ADRERR"],
  },
  {
    name: "an address that cannot be",
    fields: { code: 128, trap: 13 },
    says: ["an address that no process can have", "SI_KERNEL"],
  },
  { name: "a signal that was sent", fields: { code: 0, address: 7n }, says: ["the signal SIGSEGV was sent to it by process 7"] },
  { name: "an abort", fields: { signal: 6, code: -6 }, says: ["it gave up by itself (abort)"] },
  { name: "a division by zero", fields: { signal: 8, code: 1, trap: 0 }, says: ["divided an integer by zero", "FPE_INTDIV"] },
  { name: "an instruction that is none", fields: { signal: 4, code: 2, trap: 6 }, says: ["no instruction", "ILL_ILLOPN", "in node"] },
] as const;

describe("the words of a report", () => {
  test.each(CASES)("$name", ({ fields, says }) => {
    const { summary, details } = explainCrash(report(fields), x86_64);
    const text = [summary, ...details].join("\n");
    for (const sentence of says) expect(text).toContain(sentence);
  });

  test("name the length of the file that is too short", () => {
    const directory = mkdtempSync(join(tmpdir(), "mmaplab-test-"));
    try {
      const path = join(directory, "short.bin");
      writeFileSync(path, "12345");
      const vma = {
        start: 0x1000_0000n,
        end: 0x1000_4000n,
        perms: "rw-s",
        offset: 0n,
        device: "0:0",
        inode: statSync(path, { bigint: true }).ino,
        path,
      };
      const beyond = { ...report({ signal: 7, code: 2, address: 0x1000_2001n, error: WRITE }), vmas: [vma] };
      expect(explainCrash(beyond, x86_64).summary).toBe(
        "it wrote to 0x10002001, byte 8193 of short.bin, and that file is only 5 bytes long: past its last page there is nothing to map",
      );
      expect(explainCrash({ ...beyond, address: 0x1000_0001n }, x86_64).summary).toContain("which the file system could not supply");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("are those of the process that died, and of nothing else", () => {
    const bytes = reportBytes({ address: 8n });
    expect(explainLastWords(bytes, 42)?.summary).toContain("0x8");
    expect(explainLastWords(bytes, 43)).toBeNull();
    expect(explainLastWords(new Uint8Array(0), 42)).toBeNull();
    expect(explainLastWords(bytes.subarray(0, 63), 42)).toBeNull();
    expect(explainLastWords(Buffer.from("x".repeat(100)), 42)).toBeNull();
  });

  test("are there without the mappings too, and with a line that was cut", () => {
    const bytes = reportBytes({ address: 0x7f0000008000n });
    expect(explainLastWords(bytes.subarray(0, 64), 42)?.summary).toContain("where nothing is mapped");
    expect(readCrashReport(bytes.subarray(0, bytes.length - 20))?.vmas).toHaveLength(3);
  });
});
