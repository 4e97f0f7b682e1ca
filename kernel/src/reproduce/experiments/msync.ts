/** What msync costs, and what it writes. */
import { shortNumber, ratioShape, type Experiment, type Shape } from "../experiment.js";

const MIB = 1 << 20;

/** Counted, thus judged on totals: bytes the disk wrote for one dirty page. */
const AMPLIFICATION: Shape = {
  criterion: "one dirty page in a large folio writes at least 8 times the bytes of one in a single page",
  judge(measurements) {
    const at = (layout: string) => measurements.median("bytes written", { call: "MS_SYNC", layout, pages: 1 });
    const [large, single] = [at("large folios"), at("single pages")];
    if (large === undefined || single === undefined)
      return { outcome: "cannot be judged", seen: "the bytes a disk wrote are not known here: no disk below this file system" };
    if (single === 0) return { outcome: "cannot be judged", seen: "the disk wrote nothing for a dirty page" };
    const seen = `${shortNumber(large)} / ${shortNumber(single)} bytes = ${shortNumber(large / single)}`;
    return { outcome: large / single >= 8 ? "held" : "not held", seen };
  },
};

export const MSYNC: Experiment = {
  id: "msync",
  title: "msync: latency against dirty pages, and what is written",
  notebook: "msync.ipynb",
  quick: { repeats: 5, dirtyPages: [1, 16, 256], mib: 4 },
  seconds: { whole: 40, quick: 8 },
  needs: { diskBytes: 40 * MIB, memoryBytes: 64 * MIB },
  published: [
    {
      what: "MS_ASYNC",
      value: "a no-op since Linux 2.6.19",
      source: "msync(2), NOTES",
      hardware: "any",
      ours: { measure: "time", case: { call: "MS_ASYNC", layout: "single pages", pages: 256 } },
    },
    {
      what: "durable updates with failure-atomic msync against transactions of Kyoto Tycoon",
      value: "26 to 43 % lower response times",
      source: "Park, Kelly, Shen: Failure-Atomic msync(), EuroSys 2013",
      hardware: "ext4 with a changed kernel, SSD",
    },
  ],
  shapes: [
    ratioShape({
      criterion: "MS_ASYNC starts no writing: with 256 dirty pages it takes at most a tenth of MS_SYNC",
      of: { measure: "time", case: { call: "MS_ASYNC", layout: "single pages", pages: 256 } },
      over: { measure: "time", case: { call: "MS_SYNC", layout: "single pages", pages: 256 } },
      most: 0.1,
    }),
    ratioShape({
      criterion: "MS_SYNC costs more the more is dirty: 256 single pages take at least 1.5 times as long as one",
      of: { measure: "time", case: { call: "MS_SYNC", layout: "single pages", pages: 256 } },
      over: { measure: "time", case: { call: "MS_SYNC", layout: "single pages", pages: 1 } },
      least: 1.5,
    }),
    ratioShape({
      criterion: "MS_SYNC of a whole mapping is fsync: 0.5 to 2 times its time, with 256 dirty pages",
      of: { measure: "time", case: { call: "MS_SYNC", layout: "single pages", pages: 256 } },
      over: { measure: "time", case: { call: "fsync", layout: "single pages", pages: 256 } },
      least: 0.5,
      most: 2,
    }),
    AMPLIFICATION,
  ],
  cannotShow: [
    "Failure-atomic msync itself: its kernel patch was never merged. What is shown is the cost it competes with.",
    "What a power cut leaves behind: a virtual disk may acknowledge a flush that has only reached the host.",
  ],
};
