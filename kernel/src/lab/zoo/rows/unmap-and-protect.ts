/** munmap(2) and mprotect(2). */
import { F_SEAL, MAP, PROT } from "../../../abi/index.js";
import {
  MAPS_FULL,
  PAGE,
  RW,
  SUCCESS,
  USER_END,
  anon,
  errno,
  fails,
  file,
  fileMap,
  maps,
  mprotect,
  mseal,
  munmap,
  page,
  row,
  shows,
  signal,
  touch,
} from "../recipes.js";
import type { ZooRow } from "../row.js";

/** All rows of munmap(2). */
export const MUNMAP_ROWS: readonly ZooRow[] = [
  row("munmap", errno("EINVAL"), "the address is within a page", "munmap(2); LTP munmap03; POSIX munmap 3-1", [
    anon(0),
    { op: "munmap", at: page(0, 1), length: PAGE },
  ]),
  row("munmap", errno("EINVAL"), "the length is 0", "munmap(2); LTP munmap03; POSIX munmap 9-1", [anon(0), munmap(0, 0)]),
  row("munmap", errno("EINVAL"), "the range leaves the address space", "LTP munmap03; POSIX munmap 8-1", [
    { op: "munmap", at: -PAGE, length: PAGE },
  ]),
  row(
    "munmap",
    errno("ENOMEM"),
    "a hole would split a VMA, and vm.max_map_count VMAs are there",
    "munmap(2); LTP munmap04",
    [anon(0, 3), MAPS_FULL, munmap(1)],
    {
      needs: ["a low limit of VMAs"],
    },
  ),
  row("munmap", errno("EPERM"), "sealed memory", "mseal(2); LTP mseal01", [anon(0, 2), mseal(0), munmap(0, 2)], { needs: ["mseal(2)"] }),
  row("munmap", SUCCESS, "nothing is mapped in the range", "munmap(2); POSIX munmap 2-1", [munmap(0, 4)]),
  row("munmap", shows("[0,1) rw-p [3,4) rw-p"), "of the middle: two VMAs are left", "LTP munmap01", [anon(0, 4), munmap(1, 2), maps(4)]),
  row("munmap", signal("SIGSEGV", "SEGV_MAPERR"), "afterwards any access", "munmap(2); LTP munmap01; POSIX munmap 1-1", [
    anon(0),
    munmap(0),
    touch("read", 0),
  ]),
  row("munmap", shows("90"), "private stores are gone with the mapping", "POSIX munmap 4-1", [
    file("f"),
    fileMap("f", "private"),
    touch("write", 0),
    munmap(0),
    fileMap("f", "private"),
    { op: "peek", at: page(0) },
  ]),
];

/** All rows of mprotect(2). */
export const MPROTECT_ROWS: readonly ZooRow[] = [
  row("mprotect", errno("EACCES"), "write rights, shared, of a descriptor opened read-only", "mprotect(2); LTP mprotect01", [
    file("f", { access: "ro" }),
    fileMap("f", "shared", PROT.READ),
    mprotect(0, 1, RW),
  ]),
  row(
    "mprotect",
    errno("EACCES"),
    "write rights of a shared mapping of a memfd sealed with F_SEAL_FUTURE_WRITE",
    "fcntl(2)",
    [
      file("f", { sealable: true }),
      { op: "seal", file: "f", seals: F_SEAL.FUTURE_WRITE },
      fileMap("f", "shared", PROT.READ),
      mprotect(0, 1, RW),
    ],
    { since: "5.1" },
  ),
  row(
    "mprotect",
    errno("EACCES"),
    "execute rights of a file on a file system mounted noexec",
    "mprotect(2); VM_MAYEXEC",
    [
      { op: "open on own tmpfs", file: "f", pages: 16, size: 4096, noexec: true },
      fileMap("f", "private", PROT.READ),
      mprotect(0, 1, PROT.READ | PROT.EXEC),
    ],
    { needs: ["a namespace of its own"] },
  ),
  row("mprotect", errno("EINVAL"), "the address is within a page", "mprotect(2); LTP mprotect01", [
    anon(0),
    { op: "mprotect", at: page(0, 1), length: PAGE, prot: PROT.READ },
  ]),
  row("mprotect", errno("EINVAL"), "a bit of prot does not exist", "mprotect(2); arch_validate_prot", [anon(0), mprotect(0, 1, 0x40)]),
  row("mprotect", errno("EINVAL"), "PROT_GROWSDOWN and PROT_GROWSUP together", "mprotect(2)", [
    anon(0),
    mprotect(0, 1, PROT.READ | PROT.GROWSDOWN | PROT.GROWSUP),
  ]),
  row("mprotect", errno("EINVAL"), "PROT_GROWSDOWN of memory that does not grow", "do_mprotect_pkey", [
    anon(0),
    mprotect(0, 1, PROT.READ | PROT.GROWSDOWN),
  ]),
  row("mprotect", errno("ENOMEM"), "nothing is mapped at the address", "mprotect(2); LTP mprotect01", [mprotect(0, 1, PROT.READ)]),
  row("mprotect", errno("ENOMEM"), "there is a hole in the range", "mprotect(2)", [anon(0, 3), munmap(1), mprotect(0, 3, PROT.READ)]),
  row("mprotect", shows("[0,1) r--p [2,3) rw-p"), "a hole in the range: what lies before it has changed", "do_mprotect_pkey", [
    anon(0, 3),
    munmap(1),
    fails("ENOMEM", mprotect(0, 3, PROT.READ)),
    maps(4),
  ]),
  row("mprotect", errno("ENOMEM"), "the range wraps around the end of the address space", "do_mprotect_pkey", [
    anon(0),
    { op: "mprotect", at: page(0), length: -2n * PAGE, prot: PROT.READ },
  ]),
  row(
    "mprotect",
    errno("ENOMEM"),
    "a VMA would be split, and vm.max_map_count VMAs are there",
    "mprotect(2)",
    [anon(0, 3), MAPS_FULL, mprotect(1, 1, PROT.READ)],
    { needs: ["a low limit of VMAs"] },
  ),
  row(
    "mprotect",
    errno("ENOMEM"),
    "memory becomes writable that RAM and swap cannot hold",
    "mprotect_fixup",
    [
      { ...anon(0, 1, PROT.READ), length: 1n << 44n },
      { op: "mprotect", at: page(0), length: 1n << 44n, prot: RW },
    ],
    { needs: ["heuristic overcommit"] },
  ),
  row("mprotect", errno("EPERM"), "sealed memory", "mseal(2); LTP mseal01", [anon(0), mseal(0), mprotect(0, 1, PROT.READ)], {
    needs: ["mseal(2)"],
  }),
  row("mprotect", SUCCESS, "the length is 0", "mprotect(2)", [mprotect(0, 0, PROT.READ)]),
  row("mprotect", SUCCESS, "beyond the address space, of no bytes", "do_mprotect_pkey", [
    { op: "mprotect", at: USER_END, length: 0n, prot: PROT.READ },
  ]),
  row("mprotect", shows("[0,1) rw-p [1,2) r--p [2,3) rw-p"), "of the middle: three VMAs", "mprotect(2); tools/testing/vma simple_modify", [
    anon(0, 3),
    mprotect(1, 1, PROT.READ),
    maps(4),
  ]),
  row("mprotect", shows("[0,3) rw-p"), "back again: one VMA", "mprotect(2); tools/testing/vma", [
    anon(0, 3),
    mprotect(1, 1, PROT.READ),
    mprotect(1, 1, RW),
    maps(4),
  ]),
  row("mprotect", shows("[0,4) r--p"), "page by page, over four pages with different rights: one VMA in the end", "LTP mprotect05", [
    anon(0, 4),
    mprotect(0, 1, PROT.READ),
    mprotect(1, 1, PROT.READ | PROT.EXEC),
    mprotect(2, 1, PROT.WRITE),
    mprotect(1, 2, PROT.READ),
    mprotect(3, 1, PROT.READ),
    maps(4),
  ]),
  row("mprotect", SUCCESS, "memory that became executable is executed", "LTP mprotect04", [
    anon(0),
    { op: "touch", at: page(0), access: "write", byte: 0xc3 },
    mprotect(0, 1, PROT.READ | PROT.EXEC),
    touch("exec", 0),
  ]),
  row("mprotect", SUCCESS, "memory that became writable is written", "LTP mprotect02", [
    anon(0, 1, PROT.READ, MAP.NORESERVE),
    mprotect(0, 1, RW),
    touch("write", 0),
  ]),
];
