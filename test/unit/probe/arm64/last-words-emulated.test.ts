/** The arm64 last words, run for real under emulation, above the probe's own handler. */
import { describe, expect, test } from "vitest";
import { Program } from "../../../../kernel/src/probe/program.js";
import { readCrashReport, type CrashReport } from "../../../../kernel/src/probe/last-words-report.js";
import { arm64 } from "../../../../kernel/src/probe/arm64/architecture.js";
import { AT, emulatorMissing } from "./emulator.js";
import { call, crashAfter } from "./run-emulated.js";

const SIGSEGV = 11;
/** SA_SIGINFO, SA_RESTORER, SA_ONSTACK. */
const FLAGS = 0x0c00_0004n;
/** Where `_start` stores to an address it was given. */
const CRASHING_INSTRUCTION = AT.start + 0x1cn;
/** Calls that no other part of the lab makes. */
const [SYS_KILL, SYS_GETPID] = [129, 172];

/** A program that puts the last words above the probe's handler, as the installer does below it. */
function installing(): Program {
  const { lastWords, handler } = arm64;
  const at = (offset: number) => AT.lastWords + BigInt(offset);
  const program = new Program();
  const previous = new Uint8Array(BigUint64Array.of(AT.probe + BigInt(handler)).buffer);
  for (const [i, byte] of previous.entries()) program.store(at(lastWords.previous + 8 * SIGSEGV + i), byte);
  const action = BigUint64Array.of(at(lastWords.handler), FLAGS, at(lastWords.restorer), 0n);
  call(program, "rt_sigaction", [SIGSEGV, program.buffer(32, new Uint8Array(action.buffer)), 0, 8]);
  return program;
}

function reportOf(program: Program, thenStoreTo: bigint): CrashReport {
  const { output, signal } = crashAfter(program, thenStoreTo);
  expect(signal).toBe("SIGSEGV");
  const report = readCrashReport(output);
  if (report === undefined) throw new Error(`no report in ${output.length} bytes of output`);
  return report;
}

describe.skipIf(emulatorMissing)("the arm64 last words under emulation (need qemu-user)", () => {
  test("say which instruction raised which signal for which address, and what was mapped", () => {
    const report = reportOf(installing(), 0x1234n);
    expect(report).toMatchObject({ signal: SIGSEGV, code: 1, address: 0x1234n, instruction: CRASHING_INSTRUCTION });
    expect(report.pid).toBeGreaterThan(0);
    expect(report.tid).toBe(report.pid);
    const code = report.vmas.find(({ start, end }) => start <= CRASHING_INSTRUCTION && CRASHING_INSTRUCTION < end);
    expect(code?.perms).toMatch(/^r-x/);
    expect(report.vmas.some(({ start, end }) => start <= 0x1234n && 0x1234n < end)).toBe(false);
  });

  test("are not said where the handler below survives the fault", () => {
    const program = installing();
    program.load(0x40n);
    program.touch({ access: "exec", at: 0x80n });
    // The one report is of what came after.
    expect(reportOf(program, 0x5678n)).toMatchObject({ address: 0x5678n, instruction: CRASHING_INSTRUCTION });
  });

  test("tell a signal that was sent from one that an access raised", () => {
    const program = installing();
    program.syscall(SYS_GETPID, [], { keepsResult: true });
    program.syscall(SYS_KILL, [0, SIGSEGV], { addsTo: [0] });
    const report = reportOf(program, 0n);
    expect(report.code).toBe(0); // SI_USER
    expect(Number(report.address & 0xffff_ffffn)).toBe(report.pid);
  });
});
