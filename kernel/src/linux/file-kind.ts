/** What kind of file is behind a descriptor, as far as mapping is concerned (statfs(2), fstat(2)). */
import { fstatSync, readlinkSync, statfsSync, type BigIntStats } from "node:fs";
import { descriptor } from "./arguments.js";
import { argument, descriptorText } from "./decode.js";
import { Errno } from "./errno.js";
import { errnoCode } from "../abi/index.js";

/** Where the pages of the file live. */
export type FileKind = "ext4" | "tmpfs" | "memfd" | "other";

const EXT4_SUPER_MAGIC = 0xef53;
const TMPFS_MAGIC = 0x01021994;

/** What mapping needs to know of an open file. */
export interface FileFacts {
  readonly kind: FileKind;
  /** In bytes. */
  readonly size: bigint;
  readonly inode: bigint;
  /** `st_dev`. */
  readonly device: bigint;
  /** What /proc/self/fd says: a path, `/memfd:name (deleted)`, `pipe:[123]`. */
  readonly path: string;
  readonly isRegular: boolean;
}

function systemErrno(error: unknown): number | undefined {
  return error instanceof Error && "errno" in error && typeof error.errno === "number" ? -error.errno : undefined;
}

function fstat(fd: number): BigIntStats {
  try {
    return fstatSync(fd, { bigint: true });
  } catch (error) {
    const code = errnoCode(systemErrno(error) ?? 0);
    if (code === undefined) throw error;
    throw new Errno("fstat", code, [argument("fd", descriptorText(fd))]);
  }
}

/**
 * Looks at the file behind a descriptor.
 * @throws Errno EBADF where it is not open
 */
export function fileFacts(fd: number): FileFacts {
  const file = descriptor("fd", fd);
  const stats = fstat(file);
  const link = `/proc/self/fd/${file}`;
  const path = readlinkSync(link);
  return { kind: kindOf(path, link), size: stats.size, inode: stats.ino, device: stats.dev, path, isRegular: stats.isFile() };
}

function kindOf(path: string, link: string): FileKind {
  if (path.startsWith("/memfd:")) return "memfd";
  return fileSystemKind(path.startsWith("/") ? link : "/proc");
}

/** The file system that holds a path: ext4 (also ext2 and ext3), tmpfs or other. */
export function fileSystemKind(path: string): Exclude<FileKind, "memfd"> {
  const { type } = statfsSync(path);
  return type === EXT4_SUPER_MAGIC ? "ext4" : type === TMPFS_MAGIC ? "tmpfs" : "other";
}

/** `st_dev` as /proc/self/maps prints it (include/linux/kdev_t.h, new_encode_dev). */
export function deviceText(device: bigint): string {
  const major = (device >> 8n) & 0xfffn;
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  const hex = (part: bigint) => part.toString(16).padStart(2, "0");
  return `${hex(major)}:${hex(minor)}`;
}
