/** Files of kinds that operations do not open, by descriptors of this process. Nothing of them stays. */
import { mkdtempSync, rmdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { MFD, O, PAGE_SIZE } from "../../abi/index.js";
import { close, ftruncate, memfd_create, open } from "../../linux/index.js";
import { scratchString } from "../../linux/scratch.js";
import { readSetting } from "../doctor/read-setting.js";
import { backingDirectory } from "../kernel/index.js";
import { mustCall } from "./native-call.js";
import type { SpecialFile } from "./row.js";

/** _IOW('f', 2, long): sets attributes of a file (include/uapi/linux/fs.h). */
const FS_IOC_SETFLAGS = 0x4008_6602;
const FS_APPEND_FL = 0x20n;
/** Locks that belong to the open file description, whoever asks (fcntl(2)). */
const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const STRUCT_FLOCK_BYTES = 32;

/** Opens one. @returns its descriptors, the first of which is the file; the caller closes all */
export function openSpecial(kind: SpecialFile): readonly number[] {
  switch (kind) {
    case "directory":
      return [open("/", O.RDONLY | O.CLOEXEC)];
    case "proc":
      return [open("/proc/self/status", O.RDONLY | O.CLOEXEC)];
    case "O_PATH":
      return [open("/proc/self/exe", O.PATH | O.CLOEXEC)];
    case "pipe":
      return pipe();
    case "eventfd":
      return [Number(mustCall("eventfd2", [0, O.CLOEXEC]))];
    case "append-only":
      return [appendOnly()];
    case "locked":
      return locked();
    case "with a uprobe":
      return withUprobe();
  }
}

function pipe(): readonly number[] {
  const ends = new Int32Array(2);
  mustCall("pipe2", [new Uint8Array(ends.buffer), O.CLOEXEC]);
  return [...ends];
}

/** The attribute is set once the file has no name any more, so that it can always be removed: it ends with the descriptor. */
function appendOnly(): number {
  const directory = mkdtempSync(join(backingDirectory("ext4") ?? "/", "mmaplab-"));
  const path = join(directory, "append-only");
  try {
    const made = open(path, O.RDWR | O.CREAT | O.EXCL | O.CLOEXEC, 0o600);
    unlinkSync(path);
    try {
      ftruncate(made, PAGE_SIZE);
      mustCall("ioctl", [made, FS_IOC_SETFLAGS, new Uint8Array(BigInt64Array.of(FS_APPEND_FL).buffer)]);
      return open(`/proc/self/fd/${String(made)}`, O.RDWR | O.APPEND | O.CLOEXEC);
    } finally {
      close(made);
    }
  } finally {
    rmdirSync(directory);
  }
}

function locked(): readonly number[] {
  const file = memfd_create("locked", 0);
  ftruncate(file, PAGE_SIZE);
  const other = open(`/proc/self/fd/${String(file)}`, O.RDWR | O.CLOEXEC);
  const wholeFile = new Uint8Array(STRUCT_FLOCK_BYTES);
  new DataView(wholeFile.buffer).setInt16(0, F_WRLCK, true);
  mustCall("fcntl", [other, F_OFD_SETLK, wholeFile]);
  return [file, other];
}

/** `struct perf_event_attr` up to PERF_ATTR_SIZE_VER5; `config1` holds the address of the path for a uprobe. */
const PERF_ATTR = { bytes: 112, size: 4, config1: 56 } as const;
const PERF_FLAG_FD_CLOEXEC = 8;

/**
 * A file with a uprobe, which is there until the second descriptor is closed.
 * @throws Errno EACCES or EPERM without CAP_PERFMON; Error where the kernel has no uprobes
 */
function withUprobe(): readonly number[] {
  const type = readSetting("/sys/bus/event_source/devices/uprobe/type");
  if (type === undefined) throw new Error("this kernel has no uprobes (CONFIG_UPROBE_EVENTS): use one that has");
  const file = memfd_create("uprobe", MFD.CLOEXEC);
  try {
    ftruncate(file, PAGE_SIZE);
    const path = scratchString(`/proc/self/fd/${String(file)}`);
    const attr = new Uint8Array(PERF_ATTR.bytes);
    const view = new DataView(attr.buffer);
    view.setUint32(0, Number(type), true);
    view.setUint32(PERF_ATTR.size, PERF_ATTR.bytes, true);
    view.setBigUint64(PERF_ATTR.config1, path.address, true);
    // Of every process on one processor: who will map the file is not known yet, and a breakpoint is not bound to a processor.
    const event = mustCall("perf_event_open", [attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC]);
    return [file, Number(event)];
  } catch (error) {
    close(file);
    throw error;
  }
}
