/** What a result was made with: machine, storage, software. Everything that a reader of a figure may want to know, read and not guessed. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { availableParallelism, cpus, hostname, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PAGE_SIZE } from "../../abi/index.js";

/** A property that cannot be read here is null. */
export interface Manifest {
  readonly machine: {
    /** The same for the same machine with the same kernel and settings. Records name it. */
    readonly id: string;
    readonly kernel: string;
    readonly cpu: string;
    readonly processors: number;
    readonly memoryBytes: number;
    readonly pageBytes: number;
    readonly virtualisation: string;
    /** The cpufreq governor of the first processor. */
    readonly governor: string | null;
    readonly clockSource: string | null;
    /** Transparent huge pages, as in sysfs: "always [madvise] never". */
    readonly thp: string | null;
    readonly swap: boolean;
    /** vm.dirty_background_ratio, vm.dirty_ratio, vm.dirty_expire_centisecs. */
    readonly dirtyLimits: string;
    /** In bytes; null where debugfs may not be read. */
    readonly faultAroundBytes: number | null;
  };
  readonly storage: {
    readonly filesystem: string;
    readonly mountOptions: string;
    /** The disk's name, with "rotating" or not; null for a file system without one. */
    readonly disk: string | null;
    readonly readaheadKib: number | null;
    readonly scheduler: string | null;
    readonly writeCache: string | null;
  };
  readonly software: {
    readonly mmaplab: string;
    readonly node: string;
    /** The commit of the project's own repository, with "+" where files differ from it; null outside of one. */
    readonly commit: string | null;
  };
}

function setting(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null; // absent, or not for this user
  }
}

const numeric = (text: string | null): number | null => (text === null || !/^\d+$/.test(text) ? null : Number(text));

function virtualisation(): string {
  const virtual = /^flags\s*:.*\bhypervisor\b/m.test(setting("/proc/cpuinfo") ?? "");
  if (!virtual) return "none seen";
  const [vendor, product] = [setting("/sys/class/dmi/id/sys_vendor"), setting("/sys/class/dmi/id/product_name")];
  return `virtual machine${vendor === null || vendor === "" ? "" : ` (${vendor} ${product ?? ""})`.trimEnd()}`;
}

function machine(): Manifest["machine"] {
  const vm = (name: string) => setting(`/proc/sys/vm/${name}`) ?? "?";
  const facts = {
    kernel: release(),
    cpu: cpus()[0]?.model ?? process.arch,
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    pageBytes: PAGE_SIZE,
    virtualisation: virtualisation(),
    governor: setting("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
    clockSource: setting("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
    thp: setting("/sys/kernel/mm/transparent_hugepage/enabled"),
    swap: (setting("/proc/swaps") ?? "").split("\n").length > 1,
    dirtyLimits: ["dirty_background_ratio", "dirty_ratio", "dirty_expire_centisecs"].map(vm).join(" "),
    faultAroundBytes: numeric(setting("/sys/kernel/debug/fault_around_bytes")),
  };
  const id = createHash("sha256")
    .update(JSON.stringify([facts, hostname()]))
    .digest("hex")
    .slice(0, 12);
  return { id, ...facts };
}

/** A line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
interface Mount {
  readonly place: string;
  readonly type: string;
  readonly source: string;
  readonly options: string;
}

function mounts(): Mount[] {
  return (setting("/proc/self/mountinfo") ?? "").split("\n").flatMap((line) => {
    const found = /^\S+ \S+ \S+ \S+ (\S+) (\S+) .*?- (\S+) (\S+) (\S+)/.exec(line);
    if (found === null) return [];
    const [, place = "", own = "", type = "", source = "", whole = ""] = found;
    return [{ place: unescaped(place), type, source, options: [...new Set(`${own},${whole}`.split(","))].join(",") }];
  });
}

/** Spaces and such stand as octal numbers. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

function within(path: string, place: string): boolean {
  return place === "/" || path === place || path.startsWith(`${place}/`);
}

function storage(folder: string): Manifest["storage"] {
  const path = realpathSync(folder);
  // The last one of the longest place: it lies over the others.
  const mount = mounts()
    .filter(({ place }) => within(path, place))
    .reduce<Mount | undefined>((best, next) => (best !== undefined && best.place.length > next.place.length ? best : next), undefined);
  const queue = queueFolder(statSync(path, { bigint: true }).dev);
  const of = (name: string) => (queue === null ? null : setting(join(queue, name)));
  const rotating = of("rotational") === "1" ? "rotating" : "not rotating";
  return {
    filesystem: mount?.type ?? "unknown",
    mountOptions: mount?.options ?? "unknown",
    disk: queue === null ? null : `${dirname(queue).split("/").at(-1) ?? "?"} (${rotating})`,
    readaheadKib: numeric(of("read_ahead_kb")),
    scheduler: of("scheduler"),
    writeCache: of("write_cache"),
  };
}

/** The folder with a disk's settings: its own, or for a partition that of the whole disk. */
function queueFolder(device: bigint): string | null {
  const [major, minor] = [(device >> 8n) & 0xfffn, (device & 0xffn) | ((device >> 12n) & ~0xffn)];
  const link = `/sys/dev/block/${String(major)}:${String(minor)}`;
  try {
    const place = join(dirname(link), readlinkSync(link));
    return [join(place, "queue"), join(dirname(place), "queue")].find((path) => statSync(path, { throwIfNoEntry: false })) ?? null;
  } catch {
    return null; // no disk: tmpfs, overlay, a network
  }
}

const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));

function commit(): string | null {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", PACKAGE, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    // Only where the package itself is under version control: not that of a project it is installed in.
    if (git("ls-files", "package.json") === "") return null;
    return git("rev-parse", "--short=12", "HEAD") + (git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "+");
  } catch {
    return null; // no git, or no repository
  }
}

/**
 * @param folder an existing folder: where the files of the experiments lie
 * @throws Error where there is no such folder
 */
export function manifest(folder: string): Manifest {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as { readonly version: string };
  return { machine: machine(), storage: storage(folder), software: { mmaplab: version, node: process.versions.node, commit: commit() } };
}

/** The id of this machine, as in its manifest. */
export function machineId(): string {
  return machine().id;
}
