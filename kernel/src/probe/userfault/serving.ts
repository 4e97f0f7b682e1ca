/**
 * Runs programs whose page faults are resolved by JavaScript: the program runs in the other thread, and this one waits for
 * faults, has them answered, and waits for the next, in one native call a fault.
 */
import { PAGE_SIZE, PROT, UFFDIO, UFFD_MSG } from "../../abi/index.js";
import {
  addressText,
  errnoOfResult,
  mapOwnMemory,
  rawSyscall,
  readMaps,
  readUserFault,
  syscallNumber,
  wakeUserfaults,
  type UserFault,
} from "../../linux/index.js";
import { Program } from "../program.js";
import { runProgram, type ProgramRun } from "../run.js";
import { openServers, type FaultAnswer, type FaultServer } from "./fault-server.js";
import { ProgramThread } from "./program-thread.js";

/** A run with the faults that were served in it. */
export interface ServedRun {
  readonly run: ProgramRun;
  /** In order. */
  readonly faults: readonly UserFault[];
  /** What an answer threw; undefined where none did. The access it was for, and all after it in its step, did not happen. */
  readonly failure: { readonly error: unknown } | undefined;
}

/** A program in served memory was asked for while another one waits for an answer. */
export class ServingAlready extends Error {
  override readonly name = "ServingAlready";

  constructor() {
    super(
      "a page fault is being answered, and the access that waits for it holds the thread that touches served memory. " +
        "Keep what the function needs in an ordinary array, and touch served memory after it has returned",
    );
  }
}

/** A fault with who must answer. */
interface Pending {
  readonly server: FaultServer;
  readonly fault: UserFault;
}

/** A page whose rights were taken away to end an access. */
interface RefusedRange {
  readonly start: bigint;
  readonly length: bigint;
  readonly prot: number;
}

const POLLIN = 1;
const POLLFD_BYTES = 8;
const PAGE = BigInt(PAGE_SIZE);
const REQUEST_AT = PAGE_SIZE;
const MOST_RETRIES = 1000;

/** The memory pages are copied from, and after it the structures of the ioctls. One a thread, kept. */
let staging: ReturnType<typeof mapOwnMemory> | undefined;
let thread: ProgramThread | undefined;
let serving = false;
let refused: RefusedRange[] = [];

/** Bytes of the longest program that can be run so. */
export const SERVED_SAMPLES = 1 << 16;

/**
 * Runs a program in the other thread and has its faults answered.
 * @throws ServingAlready from within an answer; Errno where the thread cannot be made
 */
export function runServed(program: Program): ServedRun {
  if (serving) throw new ServingAlready();
  const other = (thread ??= new ProgramThread());
  const faults: UserFault[] = [];
  let failure: ServedRun["failure"];
  serving = true;
  // All of this is one turn of the event loop. Where the next turn finds it unfinished, V8 has ended the JavaScript (an
  // interrupted cell), and the access still waits.
  const abandoned = setImmediate(() => abandon(other));
  try {
    const run = other.run(program, (finished) => {
      let answered: Answered | undefined;
      for (;;) {
        const pending = next(finished, answered);
        if (pending === "finished") return;
        answered = undefined;
        if (pending === "again") continue;
        faults.push(pending.fault);
        const { answer, error } = answerOf(pending);
        if (error !== undefined) failure ??= error;
        answered = { ...pending, answer };
      }
    });
    return { run, faults, failure };
  } finally {
    clearImmediate(abandoned);
    abandon(other);
  }
}

/** Closes the thread where nobody is left to serve. To be called after a server was closed. */
export function endServing(): void {
  if (serving || openServers.size > 0 || thread === undefined) return;
  thread.close();
  thread = undefined;
}

interface Answered extends Pending {
  readonly answer: FaultAnswer;
}

function answerOf({ server, fault }: Pending): { answer: FaultAnswer; error?: { readonly error: unknown } } {
  try {
    return { answer: server.answer(fault) };
  } catch (error) {
    return { answer: { kind: "refused" }, error: { error } };
  }
}

/** Gives the last answer and waits for the next fault, or for the end. */
function next(finished: number, answered: Answered | undefined): Pending | "finished" | "again" {
  const program = new Program();
  const servers = [...openServers];
  const polled = program.buffer(POLLFD_BYTES * (servers.length + 1), pollDescriptors([finished, ...servers.map(({ fd }) => fd)]));
  const messages = servers.map(() => program.buffer(UFFD_MSG.bytes));
  const given = answered === undefined ? undefined : addAnswer(program, answered);
  // An answer that failed leaves the access waiting: then this must not wait for another.
  if (given !== undefined) program.skip(1 + servers.length, "R is an error");
  program.syscall("ppoll", [polled, servers.length + 1, 0, 0, 8]);
  const reads = servers.map(({ fd }, i) => program.syscall("read", [fd, messages[i] ?? 0, UFFD_MSG.bytes]));
  const run = runProgram(program);
  if (given !== undefined && answered !== undefined && run.result(given) < 0n) {
    recover(answered, run.result(given));
    return "again";
  }
  for (const [i, server] of servers.entries()) {
    const message = messages[i];
    const read = reads[i];
    if (message === undefined || read === undefined || run.result(read) !== BigInt(UFFD_MSG.bytes)) continue;
    return { server, fault: readUserFault(run.view(message)) };
  }
  return (run.view(polled).getInt16(6, true) & POLLIN) === 0 ? "again" : "finished";
}

function pollDescriptors(fds: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(POLLFD_BYTES * fds.length);
  const view = new DataView(bytes.buffer);
  fds.forEach((fd, i) => {
    view.setInt32(POLLFD_BYTES * i, fd, true);
    view.setInt16(POLLFD_BYTES * i + 4, POLLIN, true);
  });
  return bytes;
}

/** Adds the step that resolves a fault. @returns it, or undefined where nothing is left to resolve */
function addAnswer(program: Program, { server, fault, answer }: Answered): number | undefined {
  if (server.closed) return undefined; // closing it let the access go on
  const at = fault.address - (fault.address % PAGE);
  const memory = (staging ??= mapOwnMemory(2 * PAGE_SIZE));
  const request = memory.address + BigInt(REQUEST_AT);
  const ioctl = (op: number, words: readonly bigint[]): number => {
    const view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset + REQUEST_AT);
    words.forEach((word, i) => view.setBigUint64(8 * i, word, true));
    return program.syscall("ioctl", [server.fd, op, request], { keepsResult: true });
  };
  switch (answer.kind) {
    case "bytes":
      memory.bytes.fill(0, answer.bytes.length, PAGE_SIZE);
      memory.bytes.set(answer.bytes, 0);
      return ioctl(UFFDIO.COPY, [at, memory.address, PAGE, 0n, 0n]);
    case "zero page":
      return ioctl(UFFDIO.ZEROPAGE, [at, PAGE, 0n, 0n]);
    case "writable":
      return ioctl(UFFDIO.WRITEPROTECT, [at, PAGE, 0n]);
    case "refused":
      refuse(server, at, PAGE);
      return undefined;
  }
}

/** After an answer that the kernel did not take. */
function recover({ server, fault, answer }: Answered, result: bigint): void {
  const at = fault.address - (fault.address % PAGE);
  const code = errnoOfResult(result);
  if (server.closed) return;
  if (code === "EAGAIN") {
    retry(server, fault, answer);
    return;
  }
  if (code === "EEXIST" || code === "ENOENT" || code === "ESRCH" || code === "EINVAL" || code === "EFAULT") {
    // The page is there by now, or the mapping is gone: the access finds out when it is repeated.
    wakeUserfaults(server.fd, at, PAGE);
    return;
  }
  refuse(server, at, PAGE);
}

/** EAGAIN: the mappings were changing just then. */
function retry(server: FaultServer, fault: UserFault, answer: FaultAnswer): void {
  for (let tries = 0; tries < MOST_RETRIES; tries++) {
    const program = new Program();
    const step = addAnswer(program, { server, fault, answer });
    if (step === undefined) return;
    const result = runProgram(program).result(step);
    if (result >= 0n) return;
    if (errnoOfResult(result) !== "EAGAIN") {
      recover({ server, fault, answer }, result);
      return;
    }
  }
  refuse(server, fault.address - (fault.address % PAGE), PAGE);
}

/**
 * Ends the access that waits in a range with SIGSEGV, by taking all rights from it until the program has ended.
 * Where that cannot be done (too many VMAs), the server lets go of its memory, and the access finds zeros.
 */
function refuse(server: FaultServer, start: bigint, length: bigint): void {
  const prot = protOf(start);
  if (prot !== undefined) {
    if (rawSyscall(syscallNumber("mprotect"), [start, length, PROT.NONE]) < 0n) {
      server.release();
      return;
    }
    refused.push({ start, length, prot });
  }
  wakeUserfaults(server.fd, start, length);
}

function protOf(address: bigint): number | undefined {
  const perms = readMaps().find(({ start, end }) => start <= address && address < end)?.perms;
  if (perms === undefined) return undefined;
  return (perms[0] === "r" ? PROT.READ : 0) | (perms[1] === "w" ? PROT.WRITE : 0) | (perms[2] === "x" ? PROT.EXEC : 0);
}

/** Ends what may still be under way, where the JavaScript that served it is gone. */
function abandon(other: ProgramThread): void {
  if (other.busy) {
    for (const server of openServers) {
      for (const { start, end } of server.ranges) {
        for (const vma of readMaps()) {
          const from = vma.start > start ? vma.start : start;
          const to = vma.end < end ? vma.end : end;
          if (from < to) refuse(server, from, to - from);
        }
      }
    }
    other.settle();
  }
  finish();
}

/** After a program: pages get their rights back, faults that nobody waits for are dropped. */
function finish(): void {
  for (const { start, length, prot } of refused) {
    const result = rawSyscall(syscallNumber("mprotect"), [start, length, prot]);
    if (result < 0n)
      console.warn(`the page at ${addressText(start)} stays without rights: mprotect ended with ${String(errnoOfResult(result))}`);
  }
  refused = [];
  serving = false;
  const program = new Program();
  for (const { fd } of openServers) program.syscall("read", [fd, program.buffer(UFFD_MSG.bytes), UFFD_MSG.bytes]);
  runProgram(program);
  endServing();
}
