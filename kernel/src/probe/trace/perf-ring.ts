/** The ring buffer of perf events: records the kernel writes and this side takes out (perf_event_open(2), "MMAP layout"). */
import { MAP, PAGE_SIZE, PROT } from "../../abi/index.js";
import { externalBytes, mmap, rawSyscall, syscallNumber } from "../../linux/index.js";
import { SAMPLE_RECORD } from "./perf-attr.js";

/** Fields of the control page. */
const DATA_HEAD = 1024;
const DATA_TAIL = 1032;

const RECORD_LOST = 2;
const RECORD_SAMPLE = 9;
const MISC_CPUMODE = 7;
const MISC_KERNEL = 1;
const SPARE_SAMPLES = 16;

/** One sample, as the kernel recorded it. */
export interface RingSample {
  /** Which event it belongs to. */
  readonly identifier: bigint;
  /** CLOCK_MONOTONIC, in nanoseconds. */
  readonly timeNs: bigint;
  readonly address: bigint;
  /** The fault was taken inside the kernel. */
  readonly inKernel: boolean;
}

/** A mapped ring of an event. */
export class PerfRing {
  readonly #address: bigint;
  readonly #length: number;
  readonly #view: DataView;
  readonly #size: number;

  /**
   * Maps the ring.
   * @param fd the event
   * @param pages data pages, a power of two
   * @throws Errno EPERM where perf_event_mlock_kb does not allow that many
   */
  constructor(fd: number, pages: number) {
    this.#size = pages * PAGE_SIZE;
    this.#length = this.#size + PAGE_SIZE;
    this.#address = mmap(null, this.#length, PROT.READ | PROT.WRITE, MAP.SHARED, fd, 0);
    const bytes = externalBytes(this.#address, this.#length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** How many samples surely fit: the kernel never fills the ring whole, and a fault beside the expected ones has room. */
  get capacity(): number {
    return Math.floor(this.#size / SAMPLE_RECORD.bytes) - SPARE_SAMPLES;
  }

  /** Takes everything out. @returns the samples in order, and how many the kernel says it dropped */
  drain(): { readonly samples: readonly RingSample[]; readonly dropped: number } {
    const samples: RingSample[] = [];
    let dropped = 0;
    const head = Number(this.#view.getBigUint64(DATA_HEAD, true));
    // Records are multiples of 8 bytes, so no 64-bit field wraps around the end of the ring.
    const at = (position: number) => PAGE_SIZE + (position % this.#size);
    const word = (position: number) => this.#view.getBigUint64(at(position), true);
    for (let tail = Number(this.#view.getBigUint64(DATA_TAIL, true)); tail < head;) {
      const type = this.#view.getUint32(at(tail), true);
      const misc = this.#view.getUint16(at(tail) + 4, true);
      const size = this.#view.getUint16(at(tail) + 6, true);
      if (size === 0) throw new Error("the perf ring holds a record of no size: it was mapped wrongly");
      if (type === RECORD_SAMPLE) {
        samples.push({
          identifier: word(tail + SAMPLE_RECORD.identifier),
          timeNs: word(tail + SAMPLE_RECORD.time),
          address: word(tail + SAMPLE_RECORD.address),
          inKernel: (misc & MISC_CPUMODE) === MISC_KERNEL,
        });
      } else if (type === RECORD_LOST) {
        dropped += Number(word(tail + 16));
      }
      tail += size;
    }
    this.#view.setBigUint64(DATA_TAIL, BigInt(head), true);
    return { samples, dropped };
  }

  /** Unmaps the ring. It must not be used afterwards. */
  close(): void {
    rawSyscall(syscallNumber("munmap"), [this.#address, this.#length]);
  }
}
