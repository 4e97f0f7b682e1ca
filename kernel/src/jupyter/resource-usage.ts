/**
 * What the kernel's processes and the machine use, for `usage_request`: the fields that the kernel panel of jupyter-resource-usage
 * shows. From /proc (proc_pid_stat(5), proc_pid_smaps(5), proc_stat(5), proc_meminfo(5)).
 */
import { readFileSync, readdirSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import type { Content } from "./message.js";

/** Clock ticks a second in /proc; USER_HZ is 100 on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;

interface ProcessTimes {
  readonly parent: number;
  /** User and system time, in clock ticks. */
  readonly ticks: number;
}

/** Counts since boot of all processors, in clock ticks. */
interface HostTimes {
  readonly busy: number;
  readonly total: number;
}

export class ResourceUsage {
  readonly #root: number;
  #lastTicks = new Map<number, number>();
  #lastAsked = performance.now();
  #lastHost: HostTimes | null = null;

  /** @param root the process whose descendants are counted with it */
  constructor(root: number = process.pid) {
    this.#root = root;
  }

  /** The content of a `usage_reply`. Shares of processors are those since the call before; the first one knows none of the host. */
  describe(): Content {
    const family = this.#family();
    const seconds = (performance.now() - this.#lastAsked) / 1000;
    // A process that was not there at the last call has used its time since.
    const used = [...family].reduce((sum, [pid, { ticks }]) => sum + ticks - (this.#lastTicks.get(pid) ?? 0), 0);
    const isFirst = this.#lastTicks.size === 0;
    this.#lastTicks = new Map([...family].map(([pid, { ticks }]) => [pid, ticks]));
    this.#lastAsked = performance.now();
    const host = this.#hostPercent();
    return {
      status: "ok",
      hostname: hostname(),
      pid: this.#root,
      kernel_cpu: isFirst || seconds <= 0 ? 0 : rounded((used / TICKS_PER_SECOND / seconds) * 100),
      kernel_memory: [...family.keys()].reduce((sum, pid) => sum + memoryOf(pid), 0),
      cpu_count: availableParallelism(),
      ...(host === null ? {} : { host_cpu_percent: host }),
      host_virtual_memory: hostMemory(),
    };
  }

  /** The process and all it has started, directly or not. */
  #family(): Map<number, ProcessTimes> {
    const all = new Map<number, ProcessTimes>();
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const times = timesOf(Number(name));
      if (times !== null) all.set(Number(name), times);
    }
    const family = new Map<number, ProcessTimes>();
    const add = (pid: number): void => {
      const times = all.get(pid);
      if (times === undefined || family.has(pid)) return;
      family.set(pid, times);
      for (const [child, { parent }] of all) if (parent === pid) add(child);
    };
    add(this.#root);
    return family;
  }

  #hostPercent(): number | null {
    const now = hostTimes();
    const before = this.#lastHost;
    this.#lastHost = now;
    if (now === null || before === null || now.total === before.total) return null;
    return rounded(((now.busy - before.busy) / (now.total - before.total)) * 100);
  }
}

function rounded(percent: number): number {
  return Math.round(percent * 10) / 10;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null; // the process has ended meanwhile, or /proc hides it
  }
}

function timesOf(pid: number): ProcessTimes | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The command's name stands in parentheses and may hold anything; the state (field 3) follows.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
}

/** The proportional set size, in bytes: pages shared by several processes are divided among them. The resident size where it is hidden. */
function memoryOf(pid: number): number {
  const kib = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? "")?.[1];
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1];
  return Number(kib ?? resident ?? 0) * 1024;
}

function hostTimes(): HostTimes | null {
  const counts = /^cpu +(.*)$/m
    .exec(read("/proc/stat") ?? "")?.[1]
    ?.split(" ")
    .map(Number);
  if (counts === undefined) return null;
  // user nice system idle iowait irq softirq steal; guest time is part of user time already.
  const [, , , idle = 0, iowait = 0] = counts;
  const total = counts.slice(0, 8).reduce((sum, count) => sum + count, 0);
  return { busy: total - idle - iowait, total };
}

/** As psutil's `virtual_memory()` names it, in bytes. */
function hostMemory(): Content {
  const info = read("/proc/meminfo") ?? "";
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(info)?.[1] ?? 0) * 1024;
  const total = bytes("MemTotal");
  const available = bytes("MemAvailable");
  return {
    total,
    available,
    percent: total === 0 ? 0 : rounded(((total - available) / total) * 100),
    used: total - available,
    free: bytes("MemFree"),
    active: bytes("Active"),
    inactive: bytes("Inactive"),
    buffers: bytes("Buffers"),
    cached: bytes("Cached"),
    shared: bytes("Shmem"),
    slab: bytes("Slab"),
  };
}
