/** Hand-made views of each kind, as the kernel would display them. */
import type {
  ComparisonView,
  FaultsView,
  LatencyView,
  MappingsView,
  ObservationView,
  ViewBundle,
  VmaView,
} from "../../../kernel/src/views/index.js";

const BUFFER: VmaView = { start: "0x7f12a0000000", end: "0x7f12a0004000", perms: "rw-p", offset: "0x0", object: null, label: "buffer" };
const FILE: VmaView = { start: "0x7f12c4000000", end: "0x7f12c4006000", perms: "rw-s", offset: "0x1000", object: "/tmp/lab/data.bin" };

/** An anonymous mapping is touched, a file mapping written and its last two pages unmapped; the model misses one dirty page. */
export const MAPPINGS: MappingsView = {
  kind: "mappings",
  title: "Touch four pages, write the file",
  pageSize: 4096,
  states: [
    {
      source: "kernel",
      before: [
        { ...BUFFER, pages: "....", dirty: "...." },
        { ...FILE, pages: "ff....", dirty: "......" },
      ],
      after: [
        { ...BUFFER, pages: "aaaa", dirty: "dddd" },
        { ...FILE, end: "0x7f12c4004000", pages: "ffff", dirty: "dd.." },
        { start: "0x7f12c4008000", end: "0x7f12c400a000", perms: "r--p", offset: "0x0", object: null, pages: "z.", dirty: ".." },
      ],
    },
    {
      source: "model",
      before: [
        { ...BUFFER, pages: "....", dirty: "...." },
        { ...FILE, pages: "ff....", dirty: "......" },
      ],
      after: [
        { ...BUFFER, pages: "aaaa", dirty: "dddd" },
        { ...FILE, end: "0x7f12c4004000", pages: "fff.", dirty: "dd.." },
        { start: "0x7f12c4008000", end: "0x7f12c400a000", perms: "r--p", offset: "0x0", object: null, pages: "z.", dirty: ".." },
      ],
    },
  ],
};

/** Four writes into the buffer and a refused one into the file; the kernel's instrument lost two. */
export const FAULTS: FaultsView = {
  kind: "faults",
  title: "Faults",
  pageSize: 4096,
  base: "0x7f12a0000000",
  vmas: [BUFFER, FILE],
  sources: [
    {
      source: "kernel",
      instrument: "perf events",
      minor: 6,
      major: 1,
      lost: 2,
      page: [0, 1, 2, 3, 0x24000, 0x24001],
      atNs: [1200, 2900, 3500, 4100, 9000, 2_500_000],
      tookNs: [800, 640, 610, 655, 2_100_000, 0],
      faultKind: "mmmmMs",
      access: "wwrwrw",
      reason: null,
      reasons: [],
    },
    {
      source: "model",
      instrument: "model",
      minor: 4,
      major: 1,
      lost: 0,
      page: [0, 1, 2, 3, 0x24000, 0x24001],
      atNs: null,
      tookNs: null,
      faultKind: "mmmmMs",
      access: "wwrwrw",
      reason: [0, 0, 1, 0, 2, -1],
      reasons: [
        "A write to an empty private page gets a fresh page.",
        "A read of an empty private page maps the zero page.",
        "The page is not cached.",
      ],
    },
  ],
};

/** Times that grow with the dirty pages, and times that do not. */
export const LATENCY: LatencyView = {
  kind: "latency",
  title: "msync",
  series: [
    {
      label: "msync MS_SYNC",
      ns: Array.from({ length: 40 }, (_, index) => 160_000 + index * index * 5500 + (index % 7) * 31_000),
      dirtyPages: Array.from({ length: 40 }, (_, index) => index * 6),
    },
    { label: "msync MS_ASYNC", ns: Array.from({ length: 40 }, (_, index) => 900 + (index % 9) * 140) },
  ],
};

export const COMPARISON: ComparisonView = {
  kind: "comparison",
  title: "Model and kernel",
  rows: [
    { what: "minor faults", kernel: "4", model: "4", verdict: "equal" },
    { what: "major faults", kernel: "1", model: "0", verdict: "explained", why: "the page cache was cold and the model was not told" },
    { what: "pages of buffer", kernel: "aaaa", model: "aaa.", verdict: "unexplained" },
  ],
};

export const OBSERVATION: ObservationView = { kind: "observation", title: "First touch", views: [MAPPINGS, FAULTS, LATENCY, COMPARISON] };

/** A sample of each kind, as it stands in an output. */
export const BUNDLES: readonly ViewBundle[] = [MAPPINGS, FAULTS, LATENCY, COMPARISON, OBSERVATION].map((view) => ({ version: 1, ...view }));
