/** How a failed call presents itself. */
import { expect, test } from "vitest";
import {
  MADV,
  MAP,
  MCL,
  MFD,
  MREMAP,
  MS,
  O,
  PROT,
  RLIMIT,
  RLIM_INFINITY,
  SWAP_FLAG,
  SYNC_FILE_RANGE,
} from "../../../kernel/src/abi/index.js";
import {
  Errno,
  adviceText,
  checked,
  errnoOfResult,
  limitText,
  mapFlagsText,
  memfdFlagsText,
  mlockallFlagsText,
  mmap,
  mremapFlagsText,
  msyncFlagsText,
  munmap,
  openFlagsText,
  protText,
  resourceText,
  swapFlagsText,
  syncFileRangeFlagsText,
} from "../../../kernel/src/linux/index.js";

function failure(call: () => unknown): Errno {
  try {
    call();
  } catch (error) {
    if (error instanceof Errno) return error;
    throw error;
  }
  throw new Error("the call succeeded");
}

test("an Errno says what failed, with which arguments, and what the number means", () => {
  const error = failure(() => mmap(null, 4096, PROT.READ | PROT.WRITE, MAP.SHARED, 999_999, 0));
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: "Errno", code: "EBADF", errno: 9, syscall: "mmap" });
  expect(error.message).toBe("mmap: EBADF (Bad file descriptor): mmap(0x0, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, fd 999999, 0)");
  expect(error.arguments).toContainEqual({ name: "prot", text: "PROT_READ|PROT_WRITE" });
  expect(error.reason).toBeUndefined();
});

test("EAGAIN is called EAGAIN, not EWOULDBLOCK", () => {
  expect(errnoOfResult(-11n)).toBe("EAGAIN");
});

test.each([
  [0n, undefined],
  [0x7f00_0000_0000n, undefined],
  [-1n, "EPERM"],
  [-95n, "EOPNOTSUPP"],
  [-4096n, undefined],
  [-(1n << 63n), undefined],
] as const)("a result of %s is an error only from -4095 to -1", (result, code) => {
  expect(errnoOfResult(result)).toBe(code);
});

test("a success after a failure is a success: errno of the earlier call is not looked at", () => {
  expect(failure(() => munmap(1n, 4096)).code).toBe("EINVAL");
  const at = mmap(null, 4096, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
  expect(at).toBeGreaterThan(0n);
  expect(munmap(at, 4096)).toBeUndefined();
});

test.each([
  [protText(0), "PROT_NONE"],
  [protText(PROT.READ | PROT.EXEC), "PROT_READ|PROT_EXEC"],
  [protText(PROT.READ | 0x40), "PROT_READ|0x40"],
  [mapFlagsText(0), "0"],
  [mapFlagsText(MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE), "MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE"],
  [mapFlagsText(MAP.SHARED_VALIDATE | MAP.SYNC), "MAP_SHARED_VALIDATE|MAP_SYNC"],
  [mapFlagsText(MAP.FIXED), "MAP_FIXED"],
  [mapFlagsText(7), "0x7"],
  [
    mapFlagsText(-1),
    "0xf|MAP_FIXED|MAP_ANONYMOUS|MAP_32BIT|MAP_ABOVE4G|MAP_GROWSDOWN|MAP_DENYWRITE|MAP_EXECUTABLE|MAP_LOCKED|MAP_NORESERVE|MAP_POPULATE|MAP_NONBLOCK|MAP_STACK|MAP_HUGETLB|MAP_SYNC|MAP_FIXED_NOREPLACE|0xffe00600",
  ],
  [mapFlagsText(MAP.PRIVATE | MAP.ANON | MAP.HUGETLB | MAP.HUGE_2MB), "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_HUGE_2MB"],
  [memfdFlagsText(MFD.HUGETLB | MFD.HUGE_1GB), "MFD_HUGETLB|MFD_HUGE_1GB"],
  [openFlagsText(O.RDWR | O.SYNC | O.NOFOLLOW), "O_RDWR|O_SYNC|O_NOFOLLOW"],
  [syncFileRangeFlagsText(SYNC_FILE_RANGE.WRITE_AND_WAIT), "SYNC_FILE_RANGE_WAIT_BEFORE|SYNC_FILE_RANGE_WRITE|SYNC_FILE_RANGE_WAIT_AFTER"],
  [swapFlagsText(SWAP_FLAG.PREFER | SWAP_FLAG.DISCARD), "SWAP_FLAG_PREFER|SWAP_FLAG_DISCARD"],
  [resourceText(RLIMIT.AS), "RLIMIT_AS"],
  [resourceText(77), "77"],
  [limitText(RLIM_INFINITY), "RLIM_INFINITY"],
  [msyncFlagsText(MS.SYNC | MS.INVALIDATE), "MS_INVALIDATE|MS_SYNC"],
  [mremapFlagsText(MREMAP.MAYMOVE | MREMAP.FIXED), "MREMAP_MAYMOVE|MREMAP_FIXED"],
  [adviceText(MADV.DONTNEED), "MADV_DONTNEED"],
  [adviceText(1212), "1212"],
  [mlockallFlagsText(MCL.CURRENT | MCL.FUTURE), "MCL_CURRENT|MCL_FUTURE"],
  [memfdFlagsText(MFD.CLOEXEC | MFD.ALLOW_SEALING), "MFD_CLOEXEC|MFD_ALLOW_SEALING"],
  [openFlagsText(O.RDWR | O.CREAT), "O_RDWR|O_CREAT"],
  [openFlagsText(O.RDONLY), "O_RDONLY"],
])("flags read as %s", (text, expected) => {
  expect(text).toBe(expected);
});

test("a call the kernel lacks says which release brought it, and what to do", () => {
  const error = failure(() => checked("cachestat", -38n, () => []));
  expect(error.code).toBe("ENOSYS");
  expect(error.reason).toMatch(/since 6\.5.*this kernel is \d+\.\d+.*newer kernel/);
  expect(failure(() => checked("mseal", -1n, () => [])).reason).toBeUndefined();
});
