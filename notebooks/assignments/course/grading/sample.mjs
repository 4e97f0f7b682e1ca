/** Plan of the sample assignment: what `npx mmaplab grade sample` asks of each submission, and what earns points. */

const PAGE = 4096;

export const tasks = [
  {
    id: "anonymous",
    name: "anonymous() maps all pages",
    points: 3,
    async grade(student, expect) {
      // What the submission says of itself only tells where to look ...
      const claim = await student.call("anonymous(5)", "({ address: anonymous(5).addr })");
      const range = { address: claim.field("address").address(), length: 5 * PAGE };
      // ... and the kernel tells what is there.
      const vmas = await student.vmas(range);
      expect.equal("its rights", vmas.map(({ perms }) => perms).join(), "rw-p");
      expect.equal(
        "pages that are there before they are touched",
        (await student.present(range)).filter(Boolean).length,
        0,
        "MAP.POPULATE",
      );
    },
  },
  {
    id: "bytes",
    name: "The bytes of all pages",
    points: 1,
    async grade(student, expect) {
      const claim = await student.call("bytes", "bytes");
      expect.that("bytes", claim.number() === student.parameter("sample/pages", 4, 9) * PAGE, "multiply by PAGE_SIZE");
    },
  },
];
