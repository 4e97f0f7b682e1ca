/**
 * `trackWrites`: which pages of a mapping have been written since a moment, as a garbage collector or a snapshot needs it. By the
 * write-protect mode of userfaultfd(2): with WP_ASYNC (6.7) the kernel lifts the protection of a page by itself at its
 * first write, and PAGEMAP_SCAN finds those pages; before (5.7), each first write waits until it has been noted here.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import { Errno, PAGE_IS, close, readMaps, registerUserfaults, scanPagemap, writeProtectUserfaults } from "../../linux/index.js";
import {
  FaultServer,
  Program,
  UserfaultfdMissing,
  endServing,
  openUserfaultfd,
  runProgram,
  userfaultfdAbility,
  type WriteTracking,
} from "../../probe/index.js";
import type { AddressRange } from "../foreign.js";
import type { Lab } from "../lab.js";
import type { Mapping } from "../mapping.js";
import { theLab } from "../the-lab.js";
import { followChanges, keepRegister } from "./follow.js";
import { detachBlocked, registering, requireUserfaultfd, selectPages, type PageSelection, type SelectedPages } from "./pages-of.js";
import { addServedMemory, endService } from "./served-memory.js";

/** Which pages, and by what. */
export interface TrackOptions extends PageSelection {
  /** Leaves out the better way, to try the other. The best that the machine allows unless told. */
  readonly how?: Exclude<WriteTracking, "none">;
}

const PAGE = BigInt(PAGE_SIZE);
const MOST_RETRIES = 1000;

/** Written pages as this side keeps them, whatever tells. */
interface Tracking {
  readonly fd: number;
  /** Addresses of the pages written in a range, ascending. */
  written(range: AddressRange): bigint[];
  /** Forgets what was written. */
  forget(): void;
  close(): void;
}

/**
 * Tracks which pages of a mapping are written from now on.
 *
 * Tracked asynchronously (6.7 and newer), all writes are seen: those of `store` and `touch`, of system calls, and through views.
 * Tracked by events, only `store` and `touch` may write: system calls end in EFAULT, and views are refused. The pages are read
 * once at the beginning, so that each is there to be protected.
 * mremap ends the tracking of what it moves or resizes; a page dropped by madvise counts as written.
 * @param mapping private or shared anonymous memory, a memfd, or a file in tmpfs; other files too, where it is asynchronous
 * @param options which pages; all of the mapping unless told
 * @returns the tracker, until it is closed (`using w = trackWrites(m)` closes it) or the memory is unmapped
 * @throws UserfaultfdMissing where the machine does not allow it, saying why; Error for memory that cannot be tracked
 */
export function trackWrites(mapping: Mapping, options: TrackOptions = {}): WriteTracker {
  const lab = theLab();
  const selected = selectPages(lab, "trackWrites", mapping, options);
  return new WriteTracker(lab, mapping, selected, wayOf(options.how));
}

function wayOf(wanted: TrackOptions["how"]): Exclude<WriteTracking, "none"> {
  if (wanted !== undefined && wanted !== "asynchronous" && wanted !== "by events")
    throw new TypeError(`trackWrites: how is "asynchronous" or "by events", not ${JSON.stringify(wanted)}`);
  const { writeTracking, how = "" } = userfaultfdAbility();
  if (writeTracking === "none") throw new UserfaultfdMissing(`trackWrites: writes cannot be tracked here: ${how}`);
  if (wanted === "asynchronous" && writeTracking !== wanted)
    throw new UserfaultfdMissing("trackWrites: the kernel tracks writes by itself since Linux 6.7; this one can do it by events");
  return wanted ?? writeTracking;
}

/** Tracks written pages. */
export class WriteTracker {
  readonly #tracking: Tracking;
  readonly #stop: () => void;
  #ranges: readonly AddressRange[];
  #open = true;

  /** Made by {@link trackWrites}. */
  constructor(
    lab: Lab,
    /** The mapping it tracks. */
    readonly mapping: Mapping,
    { range, from, pages }: SelectedPages,
    /** By what. */
    readonly how: Exclude<WriteTracking, "none">,
  ) {
    const open = how === "asynchronous" ? trackAsynchronously : trackByEvents;
    const selected = { range, from, pages };
    this.#tracking = requireUserfaultfd("trackWrites", () => open((act) => registering(lab, "trackWrites", selected, act), range));
    if (how === "by events") detachBlocked(range);
    this.#ranges = [range];
    addServedMemory(range, "tracked writes", how === "by events" ? "waits" : "watched");
    keepRegister(lab);
    this.#stop = followChanges(lab, this.#tracking.fd, (gone) => this.#forget(gone));
  }

  /** Pages written since the beginning or the last {@link reset}, counted from the start of the mapping, ascending. */
  written(): number[] {
    this.#requireOpen("written");
    return this.#ranges.flatMap((range) => this.#tracking.written(range)).map((at) => Number((at - this.mapping.addr) / PAGE));
  }

  /** Begins anew: no page counts as written. */
  reset(): void {
    this.#requireOpen("reset");
    this.#tracking.forget();
    for (const { start, end } of this.#ranges) protect(this.#tracking.fd, start, end - start);
  }

  /** Whether it still tracks. */
  get open(): boolean {
    return this.#open;
  }

  /** Ends the tracking. A second call does nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stop();
    this.#tracking.close();
    for (const range of this.#ranges) endService(range, "tracked writes");
    endServing();
  }

  /** Closes it: `using w = trackWrites(m)` does so at the end of a block. */
  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    if (!this.#open) return `writes to ${this.mapping.label}, no longer tracked`;
    const count = this.written().length;
    return `writes to ${this.mapping.label}, tracked ${this.how === "by events" ? "by events" : "by the kernel"}: ${String(count)} ${count === 1 ? "page" : "pages"} written`;
  }

  /** How a cell prints it. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #requireOpen(what: string): void {
    if (!this.#open) throw new Error(`${what}: these writes are not tracked any more. Call trackWrites again`);
  }

  #forget(gone: AddressRange): void {
    this.#ranges = this.#ranges.flatMap(({ start, end }) =>
      [
        { start, end: end < gone.start ? end : gone.start },
        { start: start > gone.end ? start : gone.end, end },
      ].filter((rest) => rest.start < rest.end),
    );
    if (this.#ranges.length === 0) this.close();
  }
}

/** Registers, and says what stands in the way. */
type Registering = (act: () => void) => void;

/** Protects a range again. EAGAIN: its mappings were changing just then. */
function protect(fd: number, start: bigint, length: bigint): void {
  for (let tries = 0; ; tries++) {
    try {
      writeProtectUserfaults(fd, start, length, "protect");
      return;
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== "EAGAIN" || tries === MOST_RETRIES) throw error;
    }
  }
}

function trackAsynchronously(registering: Registering, range: AddressRange): Tracking {
  const { fd } = openUserfaultfd(["WP_ASYNC", "WP_UNPOPULATED", "WP_HUGETLBFS_SHMEM", "PAGEFAULT_FLAG_WP"]);
  try {
    registering(() => registerUserfaults(fd, range.start, range.end - range.start, "WP"));
    protect(fd, range.start, range.end - range.start);
  } catch (error) {
    close(fd);
    throw error;
  }
  return {
    fd,
    written: ({ start, end }) => scanPagemap(start, end, PAGE_IS.WRITTEN).flatMap((region) => pagesFrom(region.start, region.end)),
    forget: () => undefined,
    close: () => close(fd),
  };
}

function trackByEvents(registering: Registering, range: AddressRange): Tracking {
  const written = new Set<bigint>();
  const server = new FaultServer("WP", ({ address }) => {
    written.add(address - (address % PAGE));
    return { kind: "writable" };
  });
  try {
    registering(() => server.add(range));
    readAll(range);
    protect(server.fd, range.start, range.end - range.start);
  } catch (error) {
    server.close();
    throw error;
  }
  return {
    fd: server.fd,
    written: ({ start, end }) => [...written].filter((at) => at >= start && at < end).sort((a, b) => (a < b ? -1 : 1)),
    forget: () => written.clear(),
    close: () => server.close(),
  };
}

/** Only a page that is there can be protected (before 6.4). Memory that cannot be read can be written neither. */
function readAll(range: AddressRange): void {
  for (const vma of readMaps()) {
    const start = vma.start > range.start ? vma.start : range.start;
    const end = vma.end < range.end ? vma.end : range.end;
    if (start >= end || !vma.perms.startsWith("r")) continue;
    const program = new Program();
    program.touch({ access: "read", at: start, count: Number((end - start) / PAGE) });
    runProgram(program);
  }
}

function pagesFrom(start: bigint, end: bigint): bigint[] {
  return Array.from({ length: Number((end - start) / PAGE) }, (_page, i) => start + BigInt(i) * PAGE);
}
