/** What this machine is, as far as the model must know it. */
import { readFileSync, statSync } from "node:fs";
import { release, totalmem } from "node:os";
import { PAGE_SIZE } from "../abi/index.js";
import { Model, type ModelOptions } from "../model/index.js";

/** CAP_SYS_ADMIN in `CapEff` of /proc/self/status (capabilities(7)): stands for all the capabilities the model asks for. */
const CAP_SYS_ADMIN = 1n << 21n;
/** CAP_SYS_RESOURCE: a hard limit may be raised. */
const CAP_SYS_RESOURCE = 1n << 24n;

/**
 * A model of this process on this kernel, with nothing mapped yet. What cannot be read keeps the model's own value.
 * @param more what the caller knows besides or better, e.g. the readahead of the disk its files are on: unless told, of this folder's
 */
export function machineModel(more: ModelOptions = {}): Model {
  return new Model(machineOptions(more));
}

/** What {@link machineModel} tells the model; what cannot be read is not among it. */
export function machineOptions(more: ModelOptions = {}): ModelOptions {
  const options: ModelOptions = {
    release: release(),
    privileged: hasCapability(CAP_SYS_ADMIN),
    mayRaiseLimits: hasCapability(CAP_SYS_RESOURCE),
    ramPages: Math.floor(totalmem() / PAGE_SIZE),
    mmapMinAddr: setting("/proc/sys/vm/mmap_min_addr", BigInt),
    maxMapCount: setting("/proc/sys/vm/max_map_count", Number),
    overcommit: overcommit(),
    commitLimitPages: memoryPages("CommitLimit"),
    committedElsewherePages: memoryPages("Committed_AS"),
    swapPages: memoryPages("SwapTotal"),
    memlockLimit: limitOf("Max locked memory", "soft"),
    stackLimit: limitOf("Max stack size", "soft"),
    hardLimits: hardLimits(),
    ksm: read("/sys/kernel/mm/ksm/run") !== null,
    readaheadPages: readaheadPages("."),
    ...more,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** The chosen word of /sys/kernel/mm/transparent_hugepage/enabled, e.g. "madvise"; null on a kernel without huge pages. */
export function thpSetting(): string | null {
  const text = read("/sys/kernel/mm/transparent_hugepage/enabled");
  return text === null ? null : (/\[(\w+)\]/.exec(text)?.[1] ?? null);
}

function hasCapability(bit: bigint): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(read("/proc/self/status") ?? "")?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & bit) !== 0n;
}

/** vm.overcommit_memory; undefined where it cannot be read. */
function overcommit(): 0 | 1 | 2 | undefined {
  const mode = setting("/proc/sys/vm/overcommit_memory", Number);
  return mode === 0 || mode === 1 || mode === 2 ? mode : undefined;
}

/**
 * Readahead of the disk under a folder; undefined where there is none (tmpfs, overlayfs) or sysfs does not tell.
 * A partition has no queue of its own: its disk, the folder above it in sysfs, has.
 */
export function readaheadPages(folder: string): number | undefined {
  const device = statSync(folder, { bigint: true, throwIfNoEntry: false })?.dev;
  if (device === undefined) return undefined;
  const number = `${String((device >> 8n) & 0xfffn)}:${String((device & 0xffn) | ((device >> 12n) & ~0xffn))}`;
  const places = [`/sys/dev/block/${number}/queue`, `/sys/dev/block/${number}/../queue`, `/sys/class/bdi/${number}`];
  const kibibytes = places.map((place) => setting(`${place}/read_ahead_kb`, Number)).find((found) => found !== undefined);
  return kibibytes === undefined ? undefined : Math.floor((kibibytes * 1024) / PAGE_SIZE);
}

/** A line of /proc/meminfo in pages. */
function memoryPages(name: string): number | undefined {
  const kibibytes = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(read("/proc/meminfo") ?? "")?.[1];
  return kibibytes === undefined ? undefined : (Number(kibibytes) * 1024) / PAGE_SIZE;
}

/** A limit of /proc/self/limits in bytes; "unlimited" is the largest number, as RLIM_INFINITY is. */
function limitOf(name: string, which: "soft" | "hard"): bigint | undefined {
  const line = new RegExp(`^${name}\\s+(?<soft>\\S+)\\s+(?<hard>\\S+)`, "m").exec(read("/proc/self/limits") ?? "");
  const value = line?.groups?.[which];
  if (value === undefined) return undefined;
  return value === "unlimited" ? (1n << 64n) - 1n : BigInt(value);
}

/** How far an unprivileged process may raise its limits; those that cannot be read are left out. */
function hardLimits(): ModelOptions["hardLimits"] {
  const names = { AS: "Max address space", DATA: "Max data size", STACK: "Max stack size", MEMLOCK: "Max locked memory" } as const;
  const known = Object.entries(names).map(([which, name]) => [which, limitOf(name, "hard")] as const);
  return Object.fromEntries(known.filter(([, value]) => value !== undefined));
}

function setting<T>(path: string, parse: (text: string) => T): T | undefined {
  const text = read(path)?.trim();
  return text === undefined || !/^\d+$/.test(text) ? undefined : parse(text);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // absent or not ours to read: the caller has an answer for that
  }
}
