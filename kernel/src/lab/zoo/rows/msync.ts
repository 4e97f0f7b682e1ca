/** msync(2). */
import { MAP, MS, PROT } from "../../../abi/index.js";
import { PAGE, SUCCESS, anon, errno, file, fileMap, map, mlock, msync, munmap, page, row, shows, touch } from "../recipes.js";
import type { ZooRow } from "../row.js";

const MAN = "msync(2)";

/** All rows of msync(2). */
export const MSYNC_ROWS: readonly ZooRow[] = [
  row("msync", errno("EBUSY"), "MS_INVALIDATE of locked memory", `${MAN}; LTP msync03`, [anon(0), mlock(), msync(MS.INVALIDATE)]),
  row("msync", errno("EINVAL"), "the address is within a page", `${MAN}; LTP msync03`, [
    anon(0),
    { op: "msync", at: page(0, 1), length: PAGE, flags: MS.SYNC },
  ]),
  row("msync", errno("EINVAL"), "MS_ASYNC and MS_SYNC together", `${MAN}; LTP msync03`, [anon(0), msync(MS.ASYNC | MS.SYNC)]),
  row("msync", errno("EINVAL"), "every flag is set", `${MAN}; LTP msync03`, [anon(0), msync(-1)]),
  row("msync", errno("ENOMEM"), "nothing is mapped", `${MAN}; LTP msync03`, [msync(MS.SYNC)]),
  row("msync", errno("ENOMEM"), "there is a hole in the range", MAN, [anon(0, 3), munmap(1), msync(MS.SYNC, 0, 3)]),
  row("msync", errno("ENOMEM"), "the range wraps around the end of the address space", "mm/msync.c", [
    anon(0),
    { op: "msync", at: page(0), length: -2n * PAGE, flags: MS.SYNC },
  ]),
  row(
    "msync",
    errno("EIO"),
    "the disk behind the file cannot take what is written",
    "fsync(2), which msync(2) follows; filemap_check_wb_err",
    [
      { op: "system", change: "loop device over a full disk", file: "f" },
      map({ file: "f", flags: MAP.SHARED | MAP.FIXED, length: 8n * PAGE }),
      { op: "touch", at: page(4), access: "write" },
      msync(MS.SYNC, 0, 8),
    ],
    { needs: ["CAP_SYS_ADMIN", "loop devices"], changesSystem: "a tmpfs is mounted and a loop device is used for some milliseconds" },
  ),
  row("msync", SUCCESS, "MS_INVALIDATE of shared memory", "LTP msync02", [
    file("f"),
    fileMap("f", "shared"),
    touch("write", 0),
    msync(MS.INVALIDATE),
  ]),
  row("msync", SUCCESS, "of memory that may not be accessed", "mm/msync.c", [anon(0, 1, PROT.NONE), msync(MS.SYNC)]),
  row("msync", SUCCESS, "the length is 0", MAN, [msync(MS.SYNC, 0, 0)]),
  row("msync", SUCCESS, "without any flag, which POSIX forbids", MAN, [anon(0), msync(0)]),
  row("msync", SUCCESS, "after a store: the file holds it", "LTP msync01", [
    file("f", { backing: "other" }),
    fileMap("f", "shared"),
    touch("write", 0),
    msync(MS.SYNC),
  ]),
  ...(
    [
      ["dirty", "after a store the page is dirty", []],
      ["dirty", "MS_ASYNC leaves the page dirty", [msync(MS.ASYNC)]],
      ["clean", "MS_SYNC makes the page clean", [msync(MS.SYNC)]],
    ] as const
  ).map(([state, when, calls]) =>
    row(
      "msync",
      shows(state),
      when,
      "LTP msync04",
      [
        file("f", { backing: "other", data: "clean" }),
        fileMap("f", "shared"),
        touch("write", 0),
        ...calls,
        { op: "look", at: "dirty bit of", address: page(0) },
      ],
      { needs: ["/proc/kpageflags", "a disk"] },
    ),
  ),
];
