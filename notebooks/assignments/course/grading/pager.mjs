/** Plan of "A pager": the pages are read through /proc/pid/mem, and the kernel says whether userfaultfd serves them. */

const PAGE = 4096;

const stepOf = (student) => student.parameter("pager/step", 3, 17);
const pagesOf = (student) => student.parameter("pager/pages", 6, 12);
const droppedOf = (student) => student.parameter("pager/dropped", 2, 4);

/** Bytes of page `index`, as the submission makes it. */
async function pageOf(student, expect, index) {
  const claim = await student.call(
    `page ${index}`,
    `((page) => ({ length: page.length, first: page[0], last: page[page.length - 1], kinds: new Set(page).size }))(pageOf(${index}))`,
  );
  const value = (index * stepOf(student)) % 256;
  const seen = ["length", "first", "last", "kinds"].map((name) => claim.field(name).value);
  expect.equal(`length, first byte, last byte and different bytes of page ${index}`, seen, [PAGE, value, value, 1], "modulo 256");
}

/** Has the submission serve `count` pages and touch some; returns where they are. */
async function served(student, count, touched) {
  const claim = await student.call(
    "serve",
    `(() => { const s = serve(${count}); (globalThis as any).served = s; for (const index of ${JSON.stringify(touched)}) s.memory.load(index * PAGE_SIZE); return { address: s.memory.addr }; })()`,
  );
  return { address: claim.field("address").address(), length: count * PAGE };
}

const end = (student) => student.call("close", "((globalThis as any).served.pager.close(), 1)");

export const tasks = [
  { id: "page-0", name: "Page 0", points: 1, grade: (student, expect) => pageOf(student, expect, 0) },
  { id: "page-1", name: "Page 1", points: 1, grade: (student, expect) => pageOf(student, expect, 1) },
  { id: "page-100", name: "Page 100", points: 1, grade: (student, expect) => pageOf(student, expect, 100) },
  {
    id: "on-demand",
    name: "Pages are made when they are touched, and no others",
    points: 1,
    async grade(student, expect) {
      const range = await served(student, pagesOf(student), [4, 1]);
      expect.that("userfaultfd serves the mapping (um in VmFlags)", (await student.flags(range.address)).includes("um"));
      const there = (await student.present(range)).flatMap((present, index) => (present ? [index] : []));
      expect.equal("pages that are there", there, [1, 4], "a page appears when it is touched");
      await end(student);
    },
  },
  {
    id: "right-bytes",
    name: "A page that is touched has the right bytes",
    points: 2,
    async grade(student, expect) {
      const range = await served(student, pagesOf(student), [3]);
      const bytes = await student.memory({ address: range.address + BigInt(3 * PAGE), length: PAGE });
      const value = (3 * stepOf(student)) % 256;
      expect.that(
        `every byte of page 3 is ${value}`,
        bytes.every((byte) => byte === value),
      );
      await end(student);
    },
  },
  {
    id: "prediction",
    name: "Predict how often the pager is asked",
    points: 2,
    async grade(student, expect) {
      const claim = await student.call("timesAsked()", "timesAsked()");
      expect.that("your prediction", claim.number() === pagesOf(student) + droppedOf(student), "what was given back is asked for again");
    },
  },
];
