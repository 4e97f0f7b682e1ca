/**
 * Changes of the whole system that some errors need. They are made only with the user's explicit consent, last as long as one
 * row runs, and are undone however it ends.
 */
import { ftruncateSync, mkdtempSync, readFileSync, rmdirSync, unlinkSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { O, PAGE_SIZE } from "../../abi/index.js";
import { close, open } from "../../linux/index.js";
import { backingDirectory } from "../kernel/index.js";
import { cString, mustCall, nativeCall } from "./native-call.js";

/** A change that has been made. */
export interface MadeChange {
  /** A descriptor of the file it made, where it makes one; closed by `undo`. */
  readonly fd?: number;
  undo(): void;
}

const FILE_MAX = "/proc/sys/fs/file-max";

/** Nobody without CAP_SYS_ADMIN can open anything until it is undone. */
export function lowerFileMax(): MadeChange {
  const before = readFileSync(FILE_MAX, "utf8");
  writeFileSync(FILE_MAX, "1");
  return { undo: () => writeFileSync(FILE_MAX, before) };
}

/** Pages of the swap file. */
const SWAP_PAGES = 64;
/** Of `union swap_header` (include/linux/swap.h): version and last page, at these offsets. */
const SWAP_VERSION_AT = 1024;
const SWAP_LAST_PAGE_AT = 1028;
const SWAP_SIGNATURE = "SWAPSPACE2";

/** Makes a small file and swaps to it. */
export function useFileAsSwap(): MadeChange {
  const directory = mkdtempSync(join(backingDirectory("ext4") ?? "/", "mmaplab-"));
  const path = join(directory, "swap");
  const remove = (): void => {
    unlinkSync(path);
    rmdirSync(directory);
  };
  const fd = open(path, O.RDWR | O.CREAT | O.EXCL | O.CLOEXEC, 0o600);
  try {
    const content = Buffer.alloc(SWAP_PAGES * PAGE_SIZE);
    content.writeUInt32LE(1, SWAP_VERSION_AT);
    content.writeUInt32LE(SWAP_PAGES - 1, SWAP_LAST_PAGE_AT);
    content.write(SWAP_SIGNATURE, PAGE_SIZE - SWAP_SIGNATURE.length, "latin1");
    writeSync(fd, content);
    mustCall("fsync", [fd]);
    mustCall("swapon", [cString(path), 0]);
  } catch (error) {
    close(fd);
    remove();
    throw error;
  }
  return {
    fd,
    undo: () => {
      mustCall("swapoff", [cString(path)]);
      close(fd);
      remove();
    },
  };
}

const LOOP_CTL_GET_FREE = 0x4c82;
const LOOP_SET_FD = 0x4c00;
const LOOP_CLR_FD = 0x4c01;
const LOOP_BYTES = 1 << 20;

/** A block device whose blocks lie in a sparse file on a full tmpfs: what is written to it is lost. */
export function loopOverFullDisk(): MadeChange {
  const directory = mkdtempSync("/tmp/mmaplab-");
  const undo: (() => void)[] = [() => rmdirSync(directory)];
  const undoAll = (): void => {
    for (const step of undo.splice(0).reverse()) step();
  };
  try {
    mustCall("mount", [cString("none"), cString(directory), cString("tmpfs"), 0, cString(`size=${String(PAGE_SIZE)}`)]);
    undo.push(() => mustCall("umount2", [cString(directory), 0]));
    const path = join(directory, "blocks");
    const blocks = open(path, O.RDWR | O.CREAT | O.EXCL | O.CLOEXEC, 0o600);
    undo.push(() => close(blocks));
    ftruncateSync(blocks, LOOP_BYTES);
    writeSync(blocks, Buffer.alloc(PAGE_SIZE, 1)); // the only page there is room for
    const control = open("/dev/loop-control", O.RDWR | O.CLOEXEC);
    const number = nativeCall("ioctl", [control, LOOP_CTL_GET_FREE]);
    close(control);
    const device = open(`/dev/loop${String(number)}`, O.RDWR | O.CLOEXEC);
    undo.push(() => close(device));
    mustCall("ioctl", [device, LOOP_SET_FD, blocks]);
    undo.push(() => mustCall("ioctl", [device, LOOP_CLR_FD, 0]));
    return { fd: device, undo: undoAll };
  } catch (error) {
    undoAll();
    throw error;
  }
}
