/** Hand-made views of each kind, as the kernel would display them. */
import type {
  ComparisonView,
  FaultsView,
  IndexView,
  LatencyView,
  MappingsView,
  ObservationView,
  PageTableView,
  SharedMemoryView,
  TableView,
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

/** Cells of every tone, and one too long for a line. */
export const TABLE: TableView = {
  kind: "table",
  title: "What this machine allows",
  headings: ["capability", "here", "why"],
  rows: [
    [{ text: "userfaultfd" }, { text: "yes", tone: "ok" }, { text: "the descriptor opened" }],
    [
      { text: "swap" },
      { text: "no", tone: "bad" },
      { text: "nothing is swapped to, and this sentence is long so that it has to be wrapped at its words" },
    ],
    [{ text: "perf events" }, { text: "partly", tone: "warn" }, { text: "user space only", tone: "plain" }],
  ],
  caption: "Run `npx mmaplab doctor` to see how to get what is missing.",
};

/** A red-black tree of three VMAs as it grew by the last one, which turned it; a lookup goes to the right. */
export const INDEX: IndexView = {
  kind: "index",
  title: "VMAs in a red-black tree",
  note: "Built anew.",
  frames: [
    {
      label: "the VMA at 0x20000 comes in",
      structure: "rb",
      vmas: 2,
      levels: 2,
      nodes: [
        { id: "0x10000", parent: -1, slot: 0, first: "0x10000", last: "0x11fff", perms: "rw-p", colour: "black", folded: 0 },
        { id: "0x20000", parent: 0, slot: 1, first: "0x20000", last: "0x21fff", perms: "r--p", colour: "red", folded: 0 },
      ],
      folded: 0,
      lookup: null,
      changes: [{ change: "link", node: "0x20000", text: "It goes below, to the right." }],
    },
    {
      label: "the VMA at 0x30000 comes in",
      structure: "rb",
      vmas: 3,
      levels: 2,
      nodes: [
        { id: "0x20000", parent: -1, slot: 0, first: "0x20000", last: "0x21fff", perms: "r--p", colour: "black", folded: 0 },
        { id: "0x10000", parent: 0, slot: 0, first: "0x10000", last: "0x11fff", perms: "rw-p", colour: "red", folded: 0 },
        { id: "0x30000", parent: 0, slot: 1, first: "0x30000", last: "0x31fff", perms: "rw-s", colour: "red", folded: 4 },
      ],
      folded: 4,
      lookup: { address: "0x30010", visited: ["0x20000", "0x30000"], visits: 2, found: "0x30000", contains: true, cache: "miss" },
      changes: [
        { change: "link", node: "0x30000", text: "It goes below, to the right." },
        { change: "rotate-left", node: "0x10000", text: "It goes down to the left: two red nodes lie in line below it." },
      ],
    },
  ],
};

/** A maple tree of two leaves, one of them folded. */
export const MAPLE: IndexView = {
  kind: "index",
  title: "VMAs in a maple tree",
  frames: [
    {
      label: "",
      structure: "maple",
      vmas: 17,
      levels: 2,
      nodes: [
        {
          id: "#2",
          parent: -1,
          slot: 0,
          first: "0x0",
          last: "0x7fffffffffff",
          capacity: 10,
          folded: 1,
          slots: [
            { first: "0x0", last: "0xffff", holds: "node" },
            { first: "0x10000", last: "0x7fffffffffff", holds: "node" },
          ],
        },
        {
          id: "#0",
          parent: 0,
          slot: 0,
          first: "0x0",
          last: "0xffff",
          capacity: 16,
          folded: 0,
          slots: [
            { first: "0x0", last: "0xfff", holds: "free" },
            { first: "0x1000", last: "0x1fff", holds: "rw-p" },
            { first: "0x2000", last: "0xffff", holds: "free" },
          ],
        },
      ],
      folded: 1,
      lookup: { address: "0x1800", visited: ["#2", "#0"], visits: 2, found: "0x1000", contains: true, cache: null },
      changes: [],
    },
  ],
};

/** A written page, four levels down. */
export const PAGE_TABLE: PageTableView = {
  kind: "pageTable",
  title: "Page table walk for buffer+0x1234",
  pageSize: 4096,
  address: "0x7f12a0001234",
  place: "buffer+0x1234",
  levels: [
    { level: "PGD", index: 254, entryBytes: 2 ** 39, table: 0, flags: ["present", "rw", "user", "accessed", "dirty"] },
    { level: "PUD", index: 74, entryBytes: 2 ** 30, table: 1, flags: ["present", "rw", "user", "accessed", "dirty"] },
    { level: "PMD", index: 256, entryBytes: 2 ** 21, table: 2, flags: ["present", "rw", "user", "accessed", "dirty"] },
    { level: "PTE", index: 1, entryBytes: 4096, table: 3, flags: [] },
  ],
  entry: {
    level: "PTE",
    holds: "anonymous page",
    flags: ["present", "rw", "user", "accessed", "dirty", "nx"],
    frame: 18,
    value: "0x8000000000012067",
    exclusive: true,
  },
};

/** Two processes after a fork: the file's two pages are shared, the anonymous page was copied. */
export const SHARING: SharedMemoryView = {
  kind: "sharedMemory",
  title: "Pages on shared page frames",
  pageSize: 4096,
  processes: [
    {
      name: "process 0",
      mappings: [
        {
          start: "0x10000",
          end: "0x14000",
          perms: "rw-s",
          object: "/tmp/lab/data.bin",
          label: "file",
          runs: [{ page: 0, pages: 2, frame: 7, writable: true }],
        },
        { start: "0x20000", end: "0x21000", perms: "rw-p", object: null, runs: [{ page: 0, pages: 1, frame: 12, writable: true }] },
      ],
    },
    {
      name: "process 1",
      mappings: [
        {
          start: "0x10000",
          end: "0x14000",
          perms: "rw-s",
          object: "/tmp/lab/data.bin",
          runs: [
            { page: 0, pages: 1, frame: 7, writable: true },
            { page: 1, pages: 1, frame: 8, writable: false },
          ],
        },
        { start: "0x20000", end: "0x21000", perms: "rw-p", object: null, runs: [{ page: 0, pages: 1, frame: 13, writable: true }] },
      ],
    },
  ],
  frames: 4,
  sharedFrames: 2,
  folded: 0,
};

export const OBSERVATION: ObservationView = {
  kind: "observation",
  title: "First touch",
  views: [MAPPINGS, FAULTS, LATENCY, COMPARISON, TABLE],
};

/** A sample of each kind, as it stands in an output. */
export const BUNDLES: readonly ViewBundle[] = [
  MAPPINGS,
  FAULTS,
  LATENCY,
  COMPARISON,
  TABLE,
  INDEX,
  MAPLE,
  PAGE_TABLE,
  SHARING,
  OBSERVATION,
].map((view) => ({
  version: 1,
  ...view,
}));
