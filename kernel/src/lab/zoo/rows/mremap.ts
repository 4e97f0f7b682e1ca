/** mremap(2). */
import { MAP, MREMAP, PROT } from "../../../abi/index.js";
import {
  MAPS_FULL,
  PAGE,
  RW,
  SUCCESS,
  UNPRIVILEGED,
  anon,
  errno,
  file,
  fileMap,
  maps,
  mremap,
  mseal,
  munmap,
  page,
  rlimit,
  row,
  shared,
  shows,
  signal,
  touch,
} from "../recipes.js";
import type { ZooRow } from "../row.js";

const MAN = "mremap(2)";
const MOVE = MREMAP.MAYMOVE | MREMAP.FIXED;
const LEAVE = MREMAP.MAYMOVE | MREMAP.DONTUNMAP;

/** All rows of mremap(2). */
export const MREMAP_ROWS: readonly ZooRow[] = [
  row(
    "mremap",
    errno("EAGAIN"),
    "locked memory would grow beyond RLIMIT_MEMLOCK",
    `${MAN}; mlock_future_ok`,
    [rlimit("MEMLOCK", 16_384), UNPRIVILEGED, anon(0, 4, RW, MAP.LOCKED), mremap(0, 4, 8, 0)],
    { needs: ["no privileges"] },
  ),
  row("mremap", errno("EFAULT"), "nothing is mapped at the old address", `${MAN}; LTP mremap03`, [mremap(0, 1, 2, MREMAP.MAYMOVE)]),
  row("mremap", errno("EFAULT"), "the old range spans two VMAs and would grow", MAN, [
    anon(0),
    anon(1, 1, PROT.READ),
    mremap(0, 2, 3, MREMAP.MAYMOVE),
  ]),
  row("mremap", errno("EINVAL"), "the old address is within a page", `${MAN}; LTP mremap02`, [
    anon(0, 2),
    { op: "mremap", at: page(0, 1), oldLength: PAGE, newLength: PAGE, flags: 0, to: 0n },
  ]),
  row("mremap", errno("EINVAL"), "a flag does not exist", MAN, [anon(0), mremap(0, 1, 1, 8)]),
  row("mremap", errno("EINVAL"), "MREMAP_FIXED without MREMAP_MAYMOVE", `${MAN}; LTP mremap05`, [
    anon(0),
    mremap(0, 1, 1, MREMAP.FIXED, 8),
  ]),
  row("mremap", errno("EINVAL"), "the new address is within a page", `${MAN}; LTP mremap05`, [
    anon(0),
    { op: "mremap", at: page(0), oldLength: PAGE, newLength: PAGE, flags: MOVE, to: page(8, 1) },
  ]),
  row("mremap", errno("EINVAL"), "the old and the new range overlap", `${MAN}; LTP mremap05`, [anon(0, 4), mremap(0, 4, 4, MOVE, 2)]),
  row("mremap", errno("EINVAL"), "the new length is 0", MAN, [anon(0), mremap(0, 1, 0, 0)]),
  row("mremap", errno("EINVAL"), "the old length is 0, of private memory", MAN, [anon(0), mremap(0, 0, 1, MREMAP.MAYMOVE)]),
  row("mremap", errno("EINVAL"), "MREMAP_DONTUNMAP without MREMAP_MAYMOVE", MAN, [anon(0), mremap(0, 1, 1, MREMAP.DONTUNMAP)]),
  row("mremap", errno("EINVAL"), "MREMAP_DONTUNMAP with another length", MAN, [anon(0, 2), mremap(0, 2, 1, LEAVE)]),
  row("mremap", errno("ENOMEM"), "no room to grow, and it may not move", `${MAN}; LTP mremap04`, [
    anon(0),
    anon(1, 1, PROT.READ),
    mremap(0, 1, 2, 0),
  ]),
  row("mremap", errno("ENOMEM"), "more than RLIMIT_AS", `${MAN}; may_expand_vm`, [
    anon(0),
    { op: "rlimit", which: "AS", value: { currentTotalVmPlusPages: 4 } },
    mremap(0, 1, 8, 0),
  ]),
  row(
    "mremap",
    errno("ENOMEM"),
    "it would have to move, and vm.max_map_count VMAs are there",
    MAN,
    [anon(0, 3), MAPS_FULL, mremap(1, 1, 1, MOVE, 8)],
    {
      needs: ["a low limit of VMAs"],
    },
  ),
  row("mremap", errno("EPERM"), "sealed memory", "mseal(2); LTP mseal01", [anon(0), mseal(0), mremap(0, 1, 2, MREMAP.MAYMOVE)], {
    needs: ["mseal(2)"],
  }),
  row("mremap", shows("[0,2) rw-p"), "grows in place where there is room", "LTP mremap01", [anon(0), mremap(0, 1, 2, 0), maps(4)]),
  row("mremap", shows("[0,1) rw-p"), "shrinks in place", MAN, [anon(0, 4), mremap(0, 4, 1, 0), maps(4)]),
  row("mremap", shows("195"), "moved memory keeps its contents", "LTP mremap05", [
    anon(0),
    touch("write", 0),
    mremap(0, 1, 1, MOVE, 2),
    { op: "peek", at: page(2) },
  ]),
  row("mremap", shows("[2,3) rw-p"), "MREMAP_FIXED unmaps what was at the new address", "LTP mremap05", [
    anon(0),
    anon(2, 1, PROT.READ),
    mremap(0, 1, 1, MOVE, 2),
    maps(4),
  ]),
  row("mremap", signal("SIGSEGV", "SEGV_MAPERR"), "afterwards an access to the old address", MAN, [
    anon(0),
    mremap(0, 1, 1, MOVE, 2),
    touch("read", 0),
  ]),
  row(
    "mremap",
    shows("0"),
    "MREMAP_DONTUNMAP leaves empty memory behind",
    "selftests mremap_dontunmap",
    [
      anon(0),
      touch("write", 0),
      { op: "mremap", at: page(0), oldLength: PAGE, newLength: PAGE, flags: MOVE | MREMAP.DONTUNMAP, to: page(2) },
      { op: "peek", at: page(0) },
    ],
    { since: "5.7" },
  ),
  row("mremap", SUCCESS, "the old length is 0, of shared memory: a second mapping of the same pages", MAN, [
    shared(0),
    mremap(0, 0, 1, MREMAP.MAYMOVE),
  ]),
  row("mremap", shows("[0,2) rw-s"), "of a shared file mapping", "LTP mremap01", [
    file("f", { size: 2 * 4096 }),
    fileMap("f", "shared"),
    mremap(0, 1, 2, 0),
    maps(4),
  ]),
  row(
    "mremap",
    shows("[8,9) rw-p [9,10) r--p [11,12) rw-p"),
    "moves several VMAs and the hole between them at once",
    "mm/mremap.c",
    [anon(0, 4), anon(1, 1, PROT.READ), munmap(2), mremap(0, 4, 4, MOVE, 8), maps(16)],
    { since: "6.17" },
  ),
  row("mremap", errno("EFAULT"), "several VMAs are to move", MAN, [anon(0, 4), anon(1, 1, PROT.READ), mremap(0, 4, 4, MOVE, 8)], {
    until: "6.17",
  }),
];
