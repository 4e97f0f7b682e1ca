/**
 * The memory that processes of programs share with the process that sends the programs: one slot a process, each with a
 * mailbox, a stack and room for a program. It is mapped before the first fork, so that it lies at the same address in all.
 */
import { MAP, PAGE_SIZE, PROT } from "../../abi/index.js";
import { Errno, argument, errnoOfResult, externalBytes, rawSyscall, syscallNumber } from "../../linux/index.js";
import type { ProgramMemory } from "../memory.js";
import { MAILBOX } from "../record.js";

/** Bytes of one slot. */
const SLOT_BYTES = 4 << 20;
/** Processes at a time. */
const SLOTS = 8;
/**
 * Nanoseconds after which a process that waits for a program looks whether anybody is left to send one. Until then it keeps
 * the descriptors of a dead process open, whose end others may be waiting for.
 */
const PATIENCE_NS = 100_000_000n;

/** More than the largest process number (PID_MAX_LIMIT in include/linux/threads.h). */
const NOBODY = 0x7fff_ffff;

/** One process's share. */
export interface Slot {
  /** Address of the mailbox, in every process. */
  readonly address: bigint;
  /** The mailbox's words. */
  readonly mailbox: DataView;
  /** The word that is 1 from request to answer. */
  readonly request: Int32Array;
  /** Where programs go. */
  readonly program: ProgramMemory;
}

/** All slots of a family of processes. */
export class Slots {
  readonly address: bigint;
  readonly length = SLOTS * SLOT_BYTES;
  readonly #free: number[] = Array.from({ length: SLOTS }, (_slot, i) => SLOTS - 1 - i);
  readonly #taken = new Set<Slot>();
  readonly #owner: number;

  /**
   * @param owner the process that sends the programs
   * @throws Errno where the kernel has no memory for them
   */
  constructor(owner: number) {
    this.#owner = owner;
    // Not populated: most of it is never used.
    const flags = MAP.SHARED | MAP.ANONYMOUS | MAP.NORESERVE;
    const result = rawSyscall(syscallNumber("mmap"), [0, this.length, PROT.READ | PROT.WRITE, flags, -1, 0]);
    const code = errnoOfResult(result);
    if (code !== undefined) throw new Errno("mmap", code, [argument("length", `${this.length} bytes for the programs of other processes`)]);
    this.address = result;
  }

  /**
   * Takes a slot that no process has, with an empty mailbox.
   * @throws Error where all are taken
   */
  take(): Slot {
    const index = this.#free.pop();
    if (index === undefined)
      throw new Error(`${SLOTS} processes run already, which is all there is room for: let one exit and wait for it`);
    const address = this.address + BigInt(index * SLOT_BYTES);
    const bytes = externalBytes(address, SLOT_BYTES);
    const { buffer, byteOffset } = bytes;
    bytes.fill(0, 0, PAGE_SIZE);
    const mailbox = new DataView(buffer, byteOffset, MAILBOX.context);
    mailbox.setUint32(MAILBOX.owner, this.#owner, true);
    mailbox.setBigInt64(MAILBOX.patience + 8, PATIENCE_NS, true);
    const program = bytes.subarray(MAILBOX.context);
    const slot: Slot = {
      address,
      mailbox,
      request: new Int32Array(buffer, byteOffset + MAILBOX.request, 1),
      program: {
        address: address + BigInt(MAILBOX.context),
        bytes: program,
        view: new DataView(buffer, program.byteOffset, program.length),
        words: new BigInt64Array(buffer, program.byteOffset, program.length / 8),
      },
    };
    this.#taken.add(slot);
    return slot;
  }

  /** Gives a slot back once its process has ended. */
  giveBack(slot: Slot): void {
    this.#taken.delete(slot);
    this.#free.push(Number(slot.address - this.address) / SLOT_BYTES);
  }

  /** Unmaps all of them here. A process that still runs, unknown since its parent died while forking, soon ends by itself. */
  close(): void {
    for (const { mailbox } of this.#taken) mailbox.setUint32(MAILBOX.owner, NOBODY, true);
    this.#taken.clear();
    rawSyscall(syscallNumber("munmap"), [this.address, this.length]);
  }
}
