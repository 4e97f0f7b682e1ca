/** mincore(2). */
import { MADV, PROT } from "../../../abi/index.js";
import { PAGE, RW, USER_END, anon, errno, file, fileMap, madvise, mincore, mlock, munmap, page, row, shows, touch } from "../recipes.js";
import type { Step, ZooRow } from "../row.js";

const MAN = "mincore(2)";

/** The vector lies where nothing is mapped. */
const BAD_VECTOR: Step = {
  op: "syscall",
  call: "mincore",
  arguments: [page(0), PAGE, page(8)],
  text: "mincore(a page, 4096, where nothing is mapped)",
};

/** All rows of mincore(2). */
export const MINCORE_ROWS: readonly ZooRow[] = [
  row("mincore", errno("EINVAL"), "the address is within a page", `${MAN}; LTP mincore01`, [
    anon(0),
    { op: "mincore", at: page(0, 1), length: PAGE },
  ]),
  row("mincore", errno("ENOMEM"), "nothing is mapped", `${MAN}; LTP mincore01`, [mincore()]),
  row("mincore", errno("ENOMEM"), "there is a hole in the range", MAN, [anon(0, 3), munmap(1), mincore(0, 3)]),
  row("mincore", errno("ENOMEM"), "the range leaves the address space", `${MAN}; LTP mincore01`, [
    { op: "mincore", at: USER_END, length: PAGE },
  ]),
  row("mincore", errno("EFAULT"), "the vector is no memory that may be written", `${MAN}; LTP mincore01`, [anon(0), BAD_VECTOR]),
  row("mincore", shows("1"), "memory of the machine is free", MAN, [anon(0), mlock(), mincore()], {
    gone: { claim: "EAGAIN", why: "comes only where the kernel finds no single free page, which nothing provokes safely" },
  }),
  row("mincore", shows("000"), "memory nobody has touched", "LTP mincore03", [anon(0, 3), mincore(0, 3)]),
  row("mincore", shows("010"), "one page has been touched", "selftests mincore", [anon(0, 3), touch("write", 1), mincore(0, 3)]),
  row("mincore", shows("000"), "MADV_DONTNEED takes the pages away", "selftests mincore", [
    anon(0, 3),
    touch("write", 0, 3),
    madvise(MADV.DONTNEED, 0, 3),
    mincore(0, 3),
  ]),
  row("mincore", shows("111"), "locked memory", "LTP mincore03", [anon(0, 3), mlock(0, 3), mincore(0, 3)]),
  row("mincore", shows("0000"), "pages of a memfd nobody has written", "selftests mincore, check_tmpfs_mmap", [
    file("f", { size: 4 * 4096, data: "hole" }),
    fileMap("f", "shared", RW, 4),
    mincore(0, 4),
  ]),
  row("mincore", shows("0100"), "one page of a memfd has been touched: that page alone", "selftests mincore, check_tmpfs_mmap", [
    file("f", { size: 4 * 4096, data: "hole" }),
    fileMap("f", "shared", RW, 4),
    touch("write", 1),
    mincore(0, 4),
  ]),
  row("mincore", shows("1111"), "a file in the page cache, before anybody touches the mapping", MAN, [
    file("f", { backing: "other", size: 4 * 4096 }),
    fileMap("f", "shared", PROT.READ, 4),
    mincore(0, 4),
  ]),
  row("mincore", shows("1"), "the child has touched a shared page: the parent sees it", "LTP mincore04", [
    file("f", { data: "hole" }),
    fileMap("f", "shared"),
    { op: "fork", child: 1 },
    { op: "touch", at: page(0), access: "write", process: 1 },
    mincore(),
  ]),
];
