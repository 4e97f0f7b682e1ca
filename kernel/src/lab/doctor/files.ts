/** Where files of the lab live, and what their file systems can do. */
import { mkdtempSync, readFileSync, rmdirSync, statfsSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { O } from "../../abi/index.js";
import { close, open } from "../../linux/index.js";
import { backingDirectory } from "../kernel/index.js";
import { no, partly, yes, type Finding } from "./finding.js";

/** Magic numbers of statfs(2). */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0xef53: "ext4",
  0x58465342: "xfs",
  0x9123683e: "btrfs",
  0x794c7630: "overlayfs",
  0x01021994: "tmpfs",
  0x6969: "NFS",
  0x65735546: "FUSE",
  0x2fc12fc1: "ZFS",
  0xf2f52010: "f2fs",
  0x01021997: "9p",
};

function fileSystem(path: string): string {
  const { type } = statfsSync(path);
  return FILE_SYSTEMS[type] ?? `0x${type.toString(16)}`;
}

/** The file systems on which the model's facts about files were checked. */
const CHECKED: readonly string[] = ["ext4", "tmpfs"];

export function scratchDirectory(): Finding {
  const directory = tmpdir();
  const kind = fileSystem(directory);
  if (withFileIn(directory, O.RDWR) !== undefined) return no(`${directory} cannot be written`, "set TMPDIR to a folder that can", kind);
  if (CHECKED.includes(kind)) return yes(`the facts about files were checked on it; ${directory}`, kind);
  return partly(
    `the model's facts about files were checked on ${CHECKED.join(" and ")}; ${directory} is on ${kind}, which may read ahead or count faults otherwise`,
    "set TMPDIR to a folder on ext4",
    kind,
  );
}

export function disk(): Finding {
  const directory = backingDirectory("ext4") ?? backingDirectory("other");
  if (directory === undefined || fileSystem(directory) === "tmpfs")
    return no(
      "no writable folder on a disk was found (looked at the temporary, home and working folder)",
      "set TMPDIR to a folder on a disk",
    );
  const kind = fileSystem(directory);
  return kind === "ext4"
    ? yes(directory, kind)
    : partly(`${directory} is on ${kind}, not on ext4, where the facts were checked`, "set TMPDIR to a folder on ext4", kind);
}

/** Makes a file with the flags and removes it at once. @returns what refused it */
function withFileIn(directory: string, flags: number): Error | undefined {
  let own: string | undefined;
  try {
    own = mkdtempSync(join(directory, "mmaplab-"));
    const path = join(own, "doctor");
    const fd = open(path, flags | O.CREAT | O.EXCL | O.CLOEXEC, 0o600);
    unlinkSync(path);
    close(fd);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    if (own !== undefined) removeTree(own);
  }
}

function removeTree(directory: string): void {
  try {
    // Where O_DIRECT is refused, some file systems have made the file already.
    unlinkSync(join(directory, "doctor"));
  } catch {
    // It was removed, or never made.
  }
  rmdirSync(directory);
}

export function directIo(): Finding {
  const directory = backingDirectory("ext4") ?? tmpdir();
  const refused = withFileIn(directory, O.RDWR | O.DIRECT);
  if (refused === undefined) return yes(`a file in ${directory} was opened with O_DIRECT`);
  return no(`${directory}: ${refused.message.split("\n")[0] ?? ""}`, "set TMPDIR to a folder on a disk");
}

const LITTLE_SHM_MIB = 64;

export function sharedMemory(): Finding {
  const directory = "/dev/shm";
  try {
    const { bsize, bavail } = statfsSync(directory);
    const mib = Math.floor((bsize * bavail) / 1048576);
    const refused = withFileIn(directory, O.RDWR);
    if (refused !== undefined) return no(`${directory} cannot be written`, "mount a tmpfs there with mode 1777");
    const how = "docker run --shm-size=1g, or mount -o remount,size=1g /dev/shm";
    return mib < LITTLE_SHM_MIB
      ? partly("little is free; stores beyond end in SIGBUS", how, `${String(mib)} MiB`)
      : yes("free in /dev/shm", `${String(mib)} MiB`);
  } catch {
    return no("there is no /dev/shm", "mount a tmpfs there; memfd_create(2) works without");
  }
}

export function dirtyLimits(): Finding {
  const read = (name: string): string => readFileSync(`/proc/sys/vm/${name}`, "latin1").trim();
  const seconds = (name: string): string => `${String(Number(read(name)) / 100)} s`;
  return yes(
    `dirty pages are written after ${seconds("dirty_expire_centisecs")}, looked for every ${seconds("dirty_writeback_centisecs")}`,
  );
}
