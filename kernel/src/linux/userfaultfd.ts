/** userfaultfd(2): page faults of a range reported to, and resolved by, the program itself. */
import {
  O,
  UFFD,
  UFFDIO,
  UFFDIO_REGISTER_MODE,
  UFFDIO_WRITEPROTECT_MODE,
  UFFD_API,
  UFFD_EVENT_PAGEFAULT,
  UFFD_MSG,
  UFFD_PAGEFAULT_FLAG,
  UFFD_FEATURE,
  USERFAULTFD_IOC_NEW,
  type UserfaultfdFeature,
} from "../abi/index.js";
import { addressText, argument } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { close, open } from "./open.js";
import { scratch } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

/** A fault that waits to be resolved. */
export interface UserFault {
  /** The address touched, or its page's where the kernel does not tell exactly (before 5.18). */
  readonly address: bigint;
  readonly access: "read" | "write";
  /** "write-protected": the page is there and may not be written. */
  readonly kind: "missing" | "write-protected";
}

/** Who may take the faults: user mode alone, or the kernel on behalf of the process too. */
export type FaultModes = "user" | "user and kernel";

const FLAGS = O.CLOEXEC | O.NONBLOCK;

/**
 * Makes a userfaultfd that is not yet in use.
 * @param modes kernel mode needs CAP_SYS_PTRACE or the sysctl vm.unprivileged_userfaultfd=1
 * @returns its descriptor
 * @throws Errno EPERM (forbidden), EINVAL (user mode alone before 5.11), ENOSYS (kernel without it), EMFILE, ENOMEM
 */
export function userfaultfd(modes: FaultModes): number {
  const flags = FLAGS | (modes === "user" ? UFFD.USER_MODE_ONLY : 0);
  const text = `O_CLOEXEC|O_NONBLOCK${modes === "user" ? "|UFFD_USER_MODE_ONLY" : ""}`;
  return Number(checked("userfaultfd", rawSyscall(syscallNumber("userfaultfd"), [flags]), () => [argument("flags", text)]));
}

/**
 * Makes one through /dev/userfaultfd (since 6.1), where the rights of that file decide.
 * @throws Errno ENOENT (no such device), EACCES (not for this user)
 */
export function userfaultfdFromDevice(): number {
  const device = open("/dev/userfaultfd", O.RDWR | O.CLOEXEC);
  try {
    const result = rawSyscall(syscallNumber("ioctl"), [device, USERFAULTFD_IOC_NEW, FLAGS]);
    return Number(checked("ioctl", result, () => [argument("fd", "/dev/userfaultfd"), argument("op", "USERFAULTFD_IOC_NEW")]));
  } finally {
    close(device);
  }
}

/** A structure of 64-bit words in memory for one ioctl. */
function request(fd: number, name: string, op: number, words: readonly bigint[]): DataView {
  const { address, bytes } = scratch(8 * words.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  words.forEach((word, index) => view.setBigUint64(8 * index, word, true));
  const result = rawSyscall(syscallNumber("ioctl"), [fd, op, address]);
  checked("ioctl", result, () => [
    argument("fd", `userfaultfd ${fd}`),
    argument("op", name),
    ...(words.length > 1 && op !== UFFDIO.API
      ? [argument("start", addressText(words[0] ?? 0n)), argument("length", String(words[1]))]
      : []),
  ]);
  return view;
}

/**
 * UFFDIO_API: takes the descriptor into use.
 * @param features wanted
 * @returns every feature the kernel has
 * @throws Errno EINVAL where a feature is not there; the descriptor is then of no use any more
 */
export function enableUserfaultfd(fd: number, features: readonly UserfaultfdFeature[]): ReadonlySet<UserfaultfdFeature> {
  const wanted = features.reduce((bits, name) => bits | UFFD_FEATURE[name], 0n);
  const has = request(fd, "UFFDIO_API", UFFDIO.API, [UFFD_API, wanted, 0n]).getBigUint64(8, true);
  const names = Object.keys(UFFD_FEATURE) as UserfaultfdFeature[];
  return new Set(names.filter((name) => (has & UFFD_FEATURE[name]) !== 0n));
}

/** Which faults of a range are reported: of missing pages, or of writes to protected ones. */
export type RegisterMode = keyof typeof UFFDIO_REGISTER_MODE;

/**
 * UFFDIO_REGISTER: reports the faults of a range.
 * @param start page-aligned
 * @param length in bytes, whole pages
 * @throws Errno EINVAL (not mapped, or memory that cannot be served), EBUSY (another userfaultfd has it)
 */
export function registerUserfaults(fd: number, start: bigint, length: bigint, mode: RegisterMode): void {
  request(fd, "UFFDIO_REGISTER", UFFDIO.REGISTER, [start, length, BigInt(UFFDIO_REGISTER_MODE[mode]), 0n]);
}

/**
 * UFFDIO_UNREGISTER: the kernel resolves the range's faults itself again, and what waits goes on.
 * @throws Errno EINVAL (not mapped any more)
 */
export function unregisterUserfaults(fd: number, start: bigint, length: bigint): void {
  request(fd, "UFFDIO_UNREGISTER", UFFDIO.UNREGISTER, [start, length]);
}

/**
 * UFFDIO_WRITEPROTECT: protects a range against writes, or lifts that and lets waiting writers go on.
 * @throws Errno ENOENT (not registered for it), EAGAIN (the mappings are changing)
 */
export function writeProtectUserfaults(fd: number, start: bigint, length: bigint, protect: "protect" | "lift"): void {
  const mode = protect === "protect" ? BigInt(UFFDIO_WRITEPROTECT_MODE.WP) : 0n;
  request(fd, "UFFDIO_WRITEPROTECT", UFFDIO.WRITEPROTECT, [start, length, mode]);
}

/** UFFDIO_WAKE: lets what waits in a range repeat its access. */
export function wakeUserfaults(fd: number, start: bigint, length: bigint): void {
  request(fd, "UFFDIO_WAKE", UFFDIO.WAKE, [start, length]);
}

/**
 * Reads a `struct uffd_msg`.
 * @param message of 32 bytes, as read(2) fills it
 * @throws RangeError for an event that was not asked for
 */
export function readUserFault(message: DataView): UserFault {
  const event = message.getUint8(UFFD_MSG.event);
  if (event !== UFFD_EVENT_PAGEFAULT) throw new RangeError(`userfaultfd sent event 0x${event.toString(16)}, which was not asked for`);
  const flags = message.getBigUint64(UFFD_MSG.flags, true);
  return {
    address: message.getBigUint64(UFFD_MSG.address, true),
    access: (flags & UFFD_PAGEFAULT_FLAG.WRITE) === 0n ? "read" : "write",
    kind: (flags & UFFD_PAGEFAULT_FLAG.WP) === 0n ? "missing" : "write-protected",
  };
}
