/** getrlimit(2) and setrlimit(2), through prlimit(2), which serves both. */
import { byteCount, int32, type Bytes } from "./arguments.js";
import { argument, limitText, resourceText } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { scratch } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

const RLIMIT_BYTES = 16;

/** `struct rlimit`; `RLIM_INFINITY` stands for no limit. Units are the resource's. */
export interface ResourceLimit {
  /** What the kernel enforces. */
  readonly soft: bigint;
  /** How far an unprivileged process may raise it. */
  readonly hard: bigint;
}

/**
 * A limit of this process.
 * @param resource a value of `RLIMIT`
 * @throws Errno EINVAL for another number
 */
export function getrlimit(resource: number): ResourceLimit {
  const which = int32("resource", resource);
  const memory = scratch(RLIMIT_BYTES);
  checked("getrlimit", rawSyscall(syscallNumber("prlimit64"), [0, which, 0, memory.address]), () => [
    argument("resource", resourceText(which)),
    argument("rlim", "rlim"),
  ]);
  const view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
  return { soft: view.getBigUint64(0, true), hard: view.getBigUint64(8, true) };
}

/**
 * Sets both limits of a resource of this process.
 * @param resource a value of `RLIMIT`
 * @param soft what the kernel is to enforce
 * @param hard how far the soft limit may be raised later; without privileges it can only go down
 * @throws Errno EINVAL (another number, or soft above hard), EPERM (the hard limit raised without CAP_SYS_RESOURCE)
 */
export function setrlimit(resource: number, soft: Bytes, hard: Bytes): void {
  const which = int32("resource", resource);
  const [now, most] = [byteCount("rlim_cur", soft), byteCount("rlim_max", hard)];
  const memory = scratch(RLIMIT_BYTES);
  const view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
  view.setBigUint64(0, now, true);
  view.setBigUint64(8, most, true);
  checked("setrlimit", rawSyscall(syscallNumber("prlimit64"), [0, which, memory.address, 0]), () => [
    argument("resource", resourceText(which)),
    argument("rlim", `{ ${limitText(now)}, ${limitText(most)} }`),
  ]);
}
