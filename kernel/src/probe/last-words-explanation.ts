/**
 * Says in sentences what a {@link CrashReport} means: what was done, which VMA the address was in or between, and what would have been
 * needed. For the person whose cell it was; works in any process.
 */
import { statSync } from "node:fs";
import type { MapsEntry } from "../linux/proc-maps.js";
import { thisArchitecture, type Architecture } from "./architecture.js";
import { readCrashReport, type CrashReport } from "./last-words-report.js";

/** A crash in words. */
export interface CrashExplanation {
  /** What happened, to follow a colon: no capital, no full stop. */
  readonly summary: string;
  /** More of it, a line each. */
  readonly details: readonly string[];
}

const SI_KERNEL = 128;
const PAGE = 4096n;

/** What raises a signal where no address is to be told, and the names of its `si_code` from 1 on (sigaction(2)). */
const SIGNALS: Readonly<Record<number, { readonly name: string; readonly what: string; readonly codes: readonly string[] }>> = {
  4: {
    name: "SIGILL",
    what: "it ran into bytes that are no instruction",
    codes: ["ILL_ILLOPC", "ILL_ILLOPN", "ILL_ILLADR", "ILL_ILLTRP", "ILL_PRVOPC", "ILL_PRVREG", "ILL_COPROC", "ILL_BADSTK"],
  },
  5: {
    name: "SIGTRAP",
    what: "it ran into a breakpoint, or V8 found itself in a state that cannot be",
    codes: ["TRAP_BRKPT", "TRAP_TRACE"],
  },
  6: { name: "SIGABRT", what: "it gave up by itself (abort)", codes: [] },
  7: {
    name: "SIGBUS",
    what: "it accessed a mapped page that has no memory behind it",
    codes: ["BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR", "BUS_MCEERR_AR", "BUS_MCEERR_AO"],
  },
  8: {
    name: "SIGFPE",
    what: "it divided an integer by zero, or past its range, in native code",
    codes: ["FPE_INTDIV", "FPE_INTOVF", "FPE_FLTDIV", "FPE_FLTOVF", "FPE_FLTUND", "FPE_FLTRES", "FPE_FLTINV", "FPE_FLTSUB"],
  },
  11: {
    name: "SIGSEGV",
    what: "it accessed memory that is not mapped or does not permit the access",
    codes: ["SEGV_MAPERR", "SEGV_ACCERR", "SEGV_BNDERR", "SEGV_PKUERR"],
  },
};

/**
 * Explains what came over the descriptor of a process that has died.
 * @param bytes what it wrote
 * @param pid the process that has died: a report of one of its children is not its own
 * @returns null where there is no report of it
 */
export function explainLastWords(bytes: Uint8Array, pid: number): CrashExplanation | null {
  const report = readCrashReport(bytes);
  return report === undefined || report.pid !== pid ? null : explainCrash(report);
}

/**
 * Explains a crash.
 * @param processor where it happened
 */
export function explainCrash(report: CrashReport, processor: Architecture = thisArchitecture()): CrashExplanation {
  const signal = SIGNALS[report.signal];
  if (signal === undefined) return { summary: `signal ${report.signal} ended it`, details: [] };
  if (report.code <= 0) return sent(report, signal.name, signal.what);
  if (report.signal !== 7 && report.signal !== 11) {
    return { summary: signal.what, details: [`${named(report)} at the instruction ${where(report.instruction, report.vmas)}.`] };
  }
  if (report.code === SI_KERNEL || !processor.isPageFault(report.trap, report.error)) {
    return {
      summary: processor.refusalWithoutPageFault,
      details: [`${named(report)}: the processor does not say which address. ${instruction(report)}`],
    };
  }
  return refusedAccess(report, processor);
}

/** A signal by kill(2), or by abort(3), which sends SIGABRT to its own thread. */
function sent(report: CrashReport, name: string, what: string): CrashExplanation {
  if (report.signal === 6) return { summary: what, details: [] };
  const sender = Number(report.address & 0xffff_ffffn);
  const by = sender === report.pid ? "by itself" : sender === 0 ? "by the kernel or a process it cannot see" : `by process ${sender}`;
  return { summary: `the signal ${name} was sent to it ${by} (kill(2)); no access to memory raised it`, details: [] };
}

function refusedAccess(report: CrashReport, processor: Architecture): CrashExplanation {
  const { address, vmas } = report;
  const access = processor.faultError(report.error);
  const verb = access.fetch ? "executed" : access.write ? "wrote to" : "read from";
  const did = `it ${verb} ${hex(address)}`;
  const vma = vmas.find(({ start, end }) => start <= address && address < end);
  const details = (lines: readonly string[]): readonly string[] => [...lines, `${named(report)}. ${instruction(report)}`];
  if (vma === undefined) {
    const summary = `${did}, where nothing is mapped`;
    return { summary, details: details(vmas.length === 0 ? [] : neighbours(address, vmas)) };
  }
  if (report.signal === 7) return { summary: `${did}, ${beyondEnd(address, vma)}`, details: details([line(vma, address)]) };
  const [right, letter] = access.fetch ? (["execute", "x"] as const) : access.write ? (["write", "w"] as const) : (["read", "r"] as const);
  if (!vma.perms.includes(letter)) {
    const summary = `${did}: the page belongs to ${range(vma)} ${vma.perms} (${owner(vma)}), which lacks the ${right} right`;
    const remedy = `It would have needed PROT_${right === "execute" ? "EXEC" : right.toUpperCase()}: see mprotect(2), or the prot argument of mmap(2).`;
    return { summary, details: details([line(vma, address), remedy]) };
  }
  // The rights allow it now: a guard page, a protection key, or another thread has mapped something there meanwhile.
  const summary = `${did}: the page belongs to ${range(vma)} ${vma.perms} (${owner(vma)}), and was refused all the same`;
  return { summary, details: details(["A guard page (MADV_GUARD_INSTALL), or what is mapped there was mapped after the access."]) };
}

/** Why a page inside a VMA has no memory. */
function beyondEnd(address: bigint, vma: MapsEntry): string {
  if (vma.inode === 0n) return `in ${range(vma)} (${owner(vma)}), and the kernel could not supply the page`;
  const offset = address - vma.start + vma.offset;
  const size = fileSize(vma);
  if (size === undefined) return `byte ${offset} of ${baseName(vma.path)}, and the page has no file content behind it`;
  const pages = (size + PAGE - 1n) / PAGE;
  if (offset < pages * PAGE)
    return `byte ${offset} of ${baseName(vma.path)}, which the file system could not supply (no space, or an I/O error)`;
  return `byte ${offset} of ${baseName(vma.path)}, and that file is only ${size} bytes long: past its last page there is nothing to map`;
}

/** The file's size now; undefined where the path leads to it no more. */
function fileSize(vma: MapsEntry): bigint | undefined {
  try {
    const file = statSync(vma.path, { bigint: true, throwIfNoEntry: false });
    return file?.ino === vma.inode ? file.size : undefined;
  } catch {
    return undefined; // not ours to see: the sentence does without
  }
}

function neighbours(address: bigint, vmas: readonly MapsEntry[]): readonly string[] {
  const below = vmas.findLast(({ end }) => end <= address);
  const above = vmas.find(({ start }) => start > address);
  const lines = ["The nearest mappings are:"];
  if (below !== undefined) lines.push(`  below, ${distance(address - below.end + 1n)} away: ${describe(below)}`);
  if (above !== undefined) lines.push(`  above, ${distance(above.start - address)} away: ${describe(above)}`);
  if (address < PAGE) lines.push("An address this low is a null pointer, or an offset from one.");
  return lines;
}

function line(vma: MapsEntry, address: bigint): string {
  return `  ${describe(vma)}, the address is ${distance(address - vma.start)} from its start`;
}

function describe(vma: MapsEntry): string {
  return `${range(vma)} ${vma.perms} ${owner(vma)}`;
}

function range({ start, end }: MapsEntry): string {
  return `${hex(start)}-${hex(end)}`;
}

function owner({ path }: MapsEntry): string {
  if (path === "") return "anonymous memory";
  return path.startsWith("[") ? path : `mapping of ${baseName(path)}`;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function distance(bytes: bigint): string {
  return bytes < PAGE ? `${bytes} bytes` : `${hex(bytes)} bytes`;
}

function named({ signal, code }: CrashReport): string {
  const { name = `signal ${signal}`, codes = [] } = SIGNALS[signal] ?? {};
  return `${name} (${code === SI_KERNEL ? "SI_KERNEL" : (codes[code - 1] ?? `si_code ${code}`)})`;
}

function instruction({ instruction: at, vmas }: CrashReport): string {
  return `The instruction was ${where(at, vmas)}.`;
}

/** Machine code of V8 lies in anonymous memory; what is in a file is native code. */
function where(at: bigint, vmas: readonly MapsEntry[]): string {
  const vma = vmas.find(({ start, end }) => start <= at && at < end);
  if (vma === undefined) return `at ${hex(at)}, where nothing is mapped`;
  return vma.path.startsWith("/") ? `in ${baseName(vma.path)}` : "in JavaScript that V8 had compiled";
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
