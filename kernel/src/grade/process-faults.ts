/** Page faults of another process, sampled by perf events from outside: it cannot see, stop or forge them. */
import { Errno, argument, close, errnoOfResult, mapOwnMemory, rawSyscall, syscallNumber } from "../linux/index.js";
import { faultEventAttr } from "../probe/trace/perf-attr.js";
import { perfRefusal } from "../probe/trace/perf-faults.js";
import { PerfRing } from "../probe/trace/perf-ring.js";

/** PERF_COUNT_SW_PAGE_FAULTS: minor and major ones. */
const PAGE_FAULTS = 2;
const FLAG_FD_CLOEXEC = 8;
const IOC_ENABLE = 0x2400;
const IOC_DISABLE = 0x2401;
/** Data pages of the ring: 16 000 faults, within what an unprivileged user may have (kernel.perf_event_mlock_kb). */
const RING_PAGES = 64;

/** The faults of one thread while it is watched; `null` in place of the addresses where some were lost. */
export class ProcessFaults {
  readonly #fd: number;
  readonly #ring: PerfRing;

  /**
   * Starts to watch the user-mode page faults of a thread.
   * @param pid of the process; its first thread is watched, which is the one that runs cells
   * @throws Errno with the reason where this machine does not allow it
   */
  constructor(pid: number) {
    const attr = faultEventAttr({ config: PAGE_FAULTS, kernel: false, leader: true });
    const memory = mapOwnMemory(attr.length);
    try {
      memory.bytes.set(attr);
      const result = rawSyscall(syscallNumber("perf_event_open"), [memory.address, pid, -1, -1, FLAG_FD_CLOEXEC]);
      const code = errnoOfResult(result);
      if (code !== undefined) {
        const args = [argument("attr", "page faults"), argument("pid", String(pid))];
        throw new Errno("perf_event_open", code, args, perfRefusal(new Errno("perf_event_open", code, args)));
      }
      this.#fd = Number(result);
    } finally {
      rawSyscall(syscallNumber("munmap"), [memory.address, memory.bytes.length]);
    }
    this.#ring = new PerfRing(this.#fd, RING_PAGES);
    rawSyscall(syscallNumber("ioctl"), [this.#fd, IOC_ENABLE, 0]);
  }

  /** Stops watching. @returns the address of each fault in order, or null where some were lost */
  end(): readonly bigint[] | null {
    rawSyscall(syscallNumber("ioctl"), [this.#fd, IOC_DISABLE, 0]);
    const { samples, dropped } = this.#ring.drain();
    this.#ring.close();
    close(this.#fd);
    return dropped > 0 ? null : samples.map(({ address }) => address);
  }
}
