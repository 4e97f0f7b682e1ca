/**
 * `pager`: a function of a cell resolves real page faults, through userfaultfd(2).
 *
 * An access to a page that is not there stops until somebody has put the page there. The thread of the cell cannot both wait
 * and run the function, so `load`, `store` and `touch` in such memory are made by a second thread, and this one runs the
 * function meanwhile, with all the variables of the cell. Direct views cannot be had of it, and system calls do not wait:
 * where the kernel itself would need a page they end in EFAULT.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import type { UserFault } from "../../linux/index.js";
import { FaultServer, endServing, type FaultAnswer } from "../../probe/index.js";
import type { LatencyView } from "../../views/index.js";
import type { AddressRange } from "../foreign.js";
import type { Lab } from "../lab.js";
import type { Mapping } from "../mapping.js";
import type { PairEvent } from "../pair.js";
import { DISPLAY, mimeBundle } from "../publish.js";
import { theLab } from "../the-lab.js";
import { followChanges, keepRegister } from "./follow.js";
import { detachBlocked, registering, requireUserfaultfd, selectPages, type PageSelection, type SelectedPages } from "./pages-of.js";
import { addServedMemory, endService } from "./served-memory.js";

/** A page that is wanted. */
export interface WantedPage {
  /** Which page, counted from the start of the mapping. */
  readonly index: number;
  /** The address touched; before Linux 5.18 that of its page. */
  readonly address: bigint;
  readonly access: "read" | "write";
}

/**
 * Gives the bytes of a page: a page at most, the rest is zeros. null or undefined stand for a page of zeros.
 * It must not be async: the access waits, and the event loop stands still meanwhile.
 */
export type GivePage = (page: WantedPage) => Uint8Array | null | undefined;

/** A pager's function failed, so the access that waited for it did not happen. `cause` is what it threw. */
export class PagerError extends Error {
  override readonly name = "PagerError";

  /**
   * @param page that was wanted
   * @param place its address in words
   * @param cause what went wrong
   */
  constructor(
    readonly page: WantedPage,
    place: string,
    cause: unknown,
  ) {
    super(
      `the pager's function failed for page ${String(page.index)}, ${page.access === "read" ? "reading" : "writing"} ${place}: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

/** Round trips that are kept; of more, only the number is. */
const MOST_KEPT = 100_000;

/**
 * Lets `give` resolve the page faults of a mapping: each first access to a page that is not there calls it. Pages that are
 * there already are not asked for.
 *
 * Accesses through `load`, `store` and `touch` are served. Views that were taken of these pages are emptied, and new ones
 * are refused, until the pager is closed. mremap ends the service of what it moves or resizes.
 * @param mapping private or shared anonymous memory, a memfd, or a file in tmpfs
 * @param give returns the bytes of a page
 * @param selection which pages; all of the mapping unless told
 * @returns the pager, which serves until it is closed (`using p = pager(...)` closes it) or the memory is unmapped
 * @throws UserfaultfdMissing where the machine does not allow it, saying why; Error for memory that cannot be served
 */
export function pager(mapping: Mapping, give: GivePage, selection: PageSelection = {}): Pager {
  if (typeof give !== "function") throw new TypeError("pager: give a function that returns the bytes of a page: pager(m, (page) => bytes)");
  const lab = theLab();
  const selected = selectPages(lab, "pager", mapping, selection);
  return new Pager(lab, mapping, give, selected);
}

/** A running pager. Shown in a cell, it draws how long its round trips took. */
export class Pager {
  /** The mapping it serves. */
  readonly mapping: Mapping;
  readonly #server: FaultServer;
  readonly #first: bigint;
  readonly #range: AddressRange;
  readonly #stops: readonly (() => void)[];
  readonly #roundTrips: number[] = [];
  readonly #inFunction: number[] = [];
  #served = 0;

  /** Made by {@link pager}. */
  constructor(
    private readonly lab: Lab,
    mapping: Mapping,
    private readonly give: GivePage,
    selected: SelectedPages,
  ) {
    this.mapping = mapping;
    this.#first = mapping.addr;
    this.#range = selected.range;
    const server = requireUserfaultfd("pager", () => new FaultServer("MISSING", (fault) => this.#answer(fault)));
    try {
      registering(lab, "pager", selected, () => server.add(selected.range));
    } catch (error) {
      server.close();
      throw error;
    }
    this.#server = server;
    detachBlocked(selected.range);
    addServedMemory(selected.range, "pager", "waits");
    keepRegister(lab);
    this.#stops = [
      followChanges(lab, server.fd, (range) => {
        server.forget(range);
        if (server.ranges.length === 0) this.close();
      }),
      lab.live.listen((event) => this.#note(event)),
    ];
  }

  /** How many faults its function has resolved. */
  get faults(): number {
    return this.#served;
  }

  /** Nanoseconds that each access waited, from before the instruction to after it, in order; of the first 100 000. */
  get roundTripNs(): readonly number[] {
    return this.#roundTrips;
  }

  /** Whether it still serves. */
  get open(): boolean {
    return !this.#server.closed;
  }

  /** Ends the service: the kernel resolves the faults again. Pages that were given stay. A second call does nothing. */
  close(): void {
    if (!this.open) return;
    for (const stop of this.#stops) stop();
    this.#server.close();
    endService(this.#range, "pager");
    endServing();
  }

  /** Closes it: `using p = pager(...)` does so at the end of a block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** The round trips as a figure's data; null where nothing was served yet. */
  get view(): LatencyView | null {
    if (this.#roundTrips.length === 0) return null;
    const series = [
      { label: "fault served by the pager", ns: this.#roundTrips },
      { label: "of it in its function", ns: this.#inFunction },
    ];
    return { kind: "latency", title: `Round trips: ${this.toString()}`, series };
  }

  /** How a cell shows it. */
  [DISPLAY](): Record<string, unknown> {
    const { view } = this;
    return view === null ? { "text/plain": this.toString() } : mimeBundle(view);
  }

  toString(): string {
    const state = this.open ? "" : ", closed";
    return `pager of ${this.mapping.label}, ${String(this.#served)} ${this.#served === 1 ? "fault" : "faults"} served${state}`;
  }

  /** How a cell prints it. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #answer({ address, access }: UserFault): FaultAnswer {
    const page: WantedPage = { index: Number((address - this.#first) / BigInt(PAGE_SIZE)), address, access };
    const started = performance.now();
    let answer: FaultAnswer;
    try {
      answer = answerOf(this.give(page));
    } catch (cause) {
      throw new PagerError(page, this.lab.place(address), cause);
    }
    if (this.#inFunction.length < MOST_KEPT) this.#inFunction.push(Math.round((performance.now() - started) * 1e6));
    this.#served += 1;
    return answer;
  }

  #note({ operation, kernel }: PairEvent): void {
    if (operation.op !== "touch" || kernel === null) return;
    let last: bigint | undefined;
    for (const { address, tookNs } of kernel.faults) {
      const served = this.#server.ranges.some(({ start, end }) => start <= address && address < end);
      // One access may fault twice: for the page, and again to write to it.
      if (served && tookNs !== undefined && address !== last && this.#roundTrips.length < this.#inFunction.length)
        this.#roundTrips.push(Math.round(tookNs));
      last = address;
    }
  }
}

/** Checks what a function gave. */
function answerOf(given: unknown): FaultAnswer {
  if (given === null || given === undefined) return { kind: "zero page" };
  if (given instanceof Promise) {
    given.catch(() => undefined);
    throw new TypeError("it returned a promise. Fetch what it needs beforehand, and return the bytes at once");
  }
  if (!(given instanceof Uint8Array))
    throw new TypeError(
      `it must return a Uint8Array, or null for zeros, not ${typeof given === "object" ? "another object" : typeof given}`,
    );
  if (given.length > PAGE_SIZE)
    throw new RangeError(`it returned ${String(given.length)} bytes, and a page has ${String(PAGE_SIZE)}. Return the page's part`);
  return { kind: "bytes", bytes: given };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
