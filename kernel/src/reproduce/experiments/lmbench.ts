/** lmbench: lat_mmap, lat_pagefault, bw_mmap_rd (McVoy and Staelin, 1996). */
import { ratioShape, type Experiment } from "../experiment.js";

const MIB = 1 << 20;

export const LMBENCH: Experiment = {
  id: "lmbench",
  title: "lmbench: lat_mmap, lat_pagefault, bw_mmap_rd",
  notebook: "lmbench.ipynb",
  quick: { iterations: 10, sizesMib: [1, 8] },
  seconds: { whole: 12, quick: 6 },
  needs: { diskBytes: 40 * MIB, memoryBytes: 128 * MIB },
  published: [
    {
      what: "lat_mmap: map 8 MB of a file, touch every 160 KiB, unmap",
      value: "1200 µs",
      source: "the example of its man page, lat_mmap(8), 1994",
      hardware: "not named",
      ours: { measure: "time", case: { test: "lat_mmap", mib: 8 } },
    },
    {
      what: "lat_pagefault: one page of a file that was flushed by msync(MS_INVALIDATE)",
      value: "no figure; the man page says that the flush makes each access wait for the disk",
      source: "lat_pagefault(8), 1994",
      hardware: "not named",
      ours: { measure: "time", case: { test: "lat_pagefault", flush: "MS_INVALIDATE" } },
    },
  ],
  shapes: [
    ratioShape({
      criterion: "lat_mmap costs what is touched: 8 MiB take 4 to 16 times as long as 1 MiB",
      of: { measure: "time", case: { test: "lat_mmap", mib: 8 } },
      over: { measure: "time", case: { test: "lat_mmap", mib: 1 } },
      least: 4,
      most: 16,
    }),
    ratioShape({
      criterion: "MS_INVALIDATE does not flush on Linux: a page that was really evicted takes at least 5 times as long",
      of: { measure: "time", case: { test: "lat_pagefault", flush: "POSIX_FADV_DONTNEED" } },
      over: { measure: "time", case: { test: "lat_pagefault", flush: "MS_INVALIDATE" } },
      least: 5,
    }),
    ratioShape({
      criterion: "reading through a new mapping (open2close) is slower than through one that has been read before (mmap_only)",
      of: { measure: "bandwidth", case: { test: "bw_mmap_rd", variant: "mmap_only" } },
      over: { measure: "bandwidth", case: { test: "bw_mmap_rd", variant: "open2close" } },
      least: 1,
    }),
  ],
  cannotShow: [
    "Figures to publish as lmbench's: its licence allows that for the unmodified programs only. These are its access patterns, run by the probe.",
    "bw_mmap_rd loads one byte of each cache line here, where lmbench adds up all words: compare the two variants, not the figure.",
  ],
};
