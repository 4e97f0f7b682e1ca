/** What can be seen after madvise(2): which pages there are, what they hold, how VMAs are split. Its errors are in madvise.ts. */
import { MADV, MAP, MREMAP, PROT } from "../../../abi/index.js";
import { RW, SUCCESS, anon, file, fileMap, madvise, maps, mremap, page, resident, row, shows, signal, touch } from "../recipes.js";
import type { ZooRow } from "../row.js";

const MAN = "madvise(2)";

/** All of them. */
export const MADVISE_EFFECT_ROWS: readonly ZooRow[] = [
  row("madvise", shows("0"), "MADV_DONTNEED: the memory is zero again", "LTP madvise03", [
    anon(0),
    touch("write", 0),
    madvise(MADV.DONTNEED),
    { op: "peek", at: page(0) },
  ]),
  row("madvise", shows("90"), "MADV_DONTNEED of a private file mapping: the file's contents again", MAN, [
    file("f"),
    fileMap("f", "private"),
    touch("write", 0),
    madvise(MADV.DONTNEED),
    { op: "peek", at: page(0) },
  ]),
  row("madvise", shows("0"), "MADV_REMOVE: the file has a hole there", MAN, [
    file("f"),
    fileMap("f", "shared"),
    madvise(MADV.REMOVE),
    { op: "pread", file: "f", offset: 0, length: 1 },
  ]),
  row("madvise", shows("0"), "MADV_WIPEONFORK: the child finds zeros", "LTP madvise10", [
    anon(0),
    touch("write", 0),
    madvise(MADV.WIPEONFORK),
    { op: "fork", child: 1 },
    { op: "peek", at: page(0), process: 1 },
  ]),
  row("madvise", shows("0"), "MADV_WIPEONFORK: the grandchild finds zeros too", "LTP madvise10", [
    anon(0),
    madvise(MADV.WIPEONFORK),
    { op: "fork", child: 1 },
    { op: "touch", at: page(0), access: "write", process: 1 },
    { op: "fork", child: 2, process: 1 },
    { op: "peek", at: page(0), process: 2 },
  ]),
  row("madvise", shows("195"), "MADV_KEEPONFORK after MADV_WIPEONFORK: the child finds the contents", "LTP madvise10", [
    anon(0),
    touch("write", 0),
    madvise(MADV.WIPEONFORK),
    madvise(MADV.KEEPONFORK),
    { op: "fork", child: 1 },
    { op: "peek", at: page(0), process: 1 },
  ]),
  row("madvise", signal("SIGSEGV", "SEGV_MAPERR"), "MADV_DONTFORK: the child has no such memory", MAN, [
    anon(0),
    madvise(MADV.DONTFORK),
    { op: "fork", child: 1 },
    { op: "touch", at: page(0), access: "read", process: 1 },
  ]),
  row(
    "madvise",
    signal("SIGSEGV", "SEGV_MAPERR"),
    "MADV_GUARD_INSTALL, and then an access",
    "LTP madvise12",
    [anon(0), madvise(MADV.GUARD_INSTALL), touch("read", 0)],
    { since: "6.13" },
  ),
  row(
    "madvise",
    shows("0"),
    "MADV_GUARD_REMOVE: the memory is there again, empty",
    "LTP madvise12",
    [anon(0), touch("write", 0), madvise(MADV.GUARD_INSTALL), madvise(MADV.GUARD_REMOVE), { op: "peek", at: page(0) }],
    { since: "6.13" },
  ),
  row("madvise", shows("[0,3) rw-p"), "guards do not split the VMA", MAN, [anon(0, 3), madvise(MADV.GUARD_INSTALL, 1), maps(4)], {
    since: "6.13",
  }),
  row(
    "madvise",
    shows("zzz"),
    "MADV_POPULATE_READ maps the zero page",
    "selftests madv_populate",
    [anon(0, 3), madvise(MADV.POPULATE_READ, 0, 3), resident(0, 3)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    shows("aaa"),
    "MADV_POPULATE_WRITE gives pages",
    "selftests madv_populate",
    [anon(0, 3), madvise(MADV.POPULATE_WRITE, 0, 3), resident(0, 3)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    shows("fff"),
    "MADV_POPULATE_READ of a file maps its pages",
    "selftests madv_populate",
    [file("f", { size: 3 * 4096 }), fileMap("f", "shared", PROT.READ, 3), madvise(MADV.POPULATE_READ, 0, 3), resident(0, 3)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    shows("aaa"),
    "MADV_POPULATE_WRITE of a private file mapping copies its pages",
    "selftests madv_populate",
    [file("f", { size: 3 * 4096 }), fileMap("f", "private", RW, 3), madvise(MADV.POPULATE_WRITE, 0, 3), resident(0, 3)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    SUCCESS,
    "MADV_POPULATE_READ of memory that may only be read",
    "selftests madv_populate",
    [anon(0, 1, PROT.READ), madvise(MADV.POPULATE_READ)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    shows("aaa"),
    "MADV_POPULATE_WRITE of memory that may only be written",
    "selftests madv_populate",
    [anon(0, 3, PROT.WRITE), madvise(MADV.POPULATE_WRITE, 0, 3), resident(0, 3)],
    { since: "5.14" },
  ),
  row("madvise", shows("[0,1) rw-p [1,2) rw-p [2,3) rw-p"), "MADV_RANDOM of the middle splits the VMA", MAN, [
    anon(0, 3),
    madvise(MADV.RANDOM, 1),
    maps(4),
  ]),
  row("madvise", shows("195"), "contents stay where MADV_WILLNEED is asked for moved memory", MAN, [
    anon(0, 1, RW, MAP.NORESERVE),
    touch("write", 0),
    mremap(0, 1, 1, MREMAP.MAYMOVE | MREMAP.FIXED, 4),
    madvise(MADV.WILLNEED, 4),
    { op: "peek", at: page(4) },
  ]),
];
