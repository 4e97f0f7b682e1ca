/** Plan of "Sixteen faults": faults are counted by perf events on the student's process, mappings are read in its /proc. */

const PAGE = 4096;

/** Has the submission map `pages` pages; returns where they are. The real VMA is looked at before anything is believed. */
async function freshMapping(student, expect, pages) {
  const claim = await student.call(
    "a mapping",
    `(() => { const m = mmap(null, ${pages} * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS); (globalThis as any).graded = m; return { address: m.addr }; })()`,
  );
  const range = { address: claim.field("address").address(), length: pages * PAGE };
  const present = await student.present(range);
  expect.equal("pages that are there before", present.filter(Boolean).length, 0);
  return range;
}

/** Exactly so many faults in a mapping of its own that stays as it is. */
async function causes(student, expect, pages, faults) {
  const range = await freshMapping(student, expect, pages);
  const { faultsIn } = await student.callCountingFaults("causeFaults", "(causeFaults((globalThis as any).graded, " + faults + "), 1)");
  expect.equal(`faults in ${pages} pages`, faultsIn(range), faults, "a page can take one fault or two");
  const vmas = await student.vmas(range);
  const inside = vmas.filter(({ perms, path, inode }) => perms === "rw-p" && path === "" && inode === 0n);
  expect.that("the range is still private anonymous memory that may be written", vmas.length === 1 && inside.length === 1);
  const touched = (await student.present(range)).filter(Boolean).length;
  expect.equal("pages that are there after", touched, Math.min(faults, pages));
}

const answer = async (student, expect, name, right, hint) => {
  const claim = await student.call("predictions()", "predictions()");
  expect.equal(`your prediction ${name}`, claim.field(name).number() === right, true, hint);
};

const pagesOf = (student) => student.parameter("sixteen/pages", 5, 12);
const someOf = (student) => student.parameter("sixteen/some", 2, 4);

export const tasks = [
  {
    id: "read-each",
    name: "Predict: every page is read once",
    points: 1,
    grade: (student, expect) => answer(student, expect, "readEach", pagesOf(student), "each page has a page-table entry of its own"),
  },
  {
    id: "read-then-write",
    name: "Predict: every page is read, then written",
    points: 1,
    grade: (student, expect) =>
      answer(student, expect, "readThenWrite", 2 * pagesOf(student), "a read maps the zero page, which nobody may write"),
  },
  {
    id: "write-then-read",
    name: "Predict: every page is written, then read",
    points: 1,
    grade: (student, expect) => answer(student, expect, "writeThenRead", pagesOf(student), "after the write the page is there"),
  },
  {
    id: "drop-some",
    name: "Predict: some pages are given back",
    points: 1,
    grade: (student, expect) =>
      answer(student, expect, "dropSome", pagesOf(student) + someOf(student), "MADV.DONTNEED takes the pages away at once"),
  },
  { id: "sixteen", name: "Sixteen faults in eight pages", points: 1, grade: (student, expect) => causes(student, expect, 8, 16) },
  { id: "three", name: "Three faults in eight pages", points: 1, grade: (student, expect) => causes(student, expect, 8, 3) },
  {
    id: "as-many",
    name: "As many faults as pages",
    points: 1,
    grade: (student, expect) => causes(student, expect, pagesOf(student), pagesOf(student)),
  },
  {
    id: "one-more",
    name: "One fault more than pages",
    points: 2,
    grade: (student, expect) => causes(student, expect, pagesOf(student) + 1, pagesOf(student) + 2),
  },
];
