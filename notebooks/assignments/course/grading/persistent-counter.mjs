/** Plan of "A persistent counter": the file and the mapping are read from outside, and the crash is a real SIGKILL. */

const PAGE = 4096;

const stepsOf = (student) => student.parameter("counter/steps", 257, 600);
const startOf = (student) => student.parameter("counter/start", 1000, 9000);

const little = (value) => [0, 1, 2, 3].map((at) => Math.floor(value / 256 ** at) % 256);

/** Opens the counter of a file in the student's process; `start` is written there before, unless it is null. */
async function opened(student, name, start) {
  const content =
    start === null
      ? ""
      : `fs.writeFileSync(${JSON.stringify(name)}, new Uint8Array([${little(start)}, ...new Array(${PAGE - 4}).fill(0)]));`;
  await student.call(
    "openCounter",
    `(() => { const fs = process.getBuiltinModule("node:fs"); ${content} (globalThis as any).counter = openCounter(${JSON.stringify(name)}); return 1; })()`,
  );
}

const steps = (student, count) =>
  student.call(
    "increment",
    `(() => { for (let step = 0; step < ${count}; step += 1) (globalThis as any).counter.increment(); return 1; })()`,
  );

/** The number in the first four bytes of the file. */
async function stored(student, name) {
  const bytes = await student.file(name);
  return bytes === null || bytes.length < 4 ? null : bytes.readUInt32LE(0);
}

/** The shared, writable mapping of the file. */
async function mappingOf(student, name) {
  const all = await student.vmas({ address: 0n, length: 2 ** 47 });
  return all.find(({ path, perms }) => perms === "rw-s" && path.endsWith(`/${name}`)) ?? null;
}

export const tasks = [
  {
    id: "new-file",
    name: "A new file counts from 0",
    points: 1,
    async grade(student, expect) {
      await opened(student, "new", null);
      await steps(student, 1);
      expect.equal("the file after one step", await stored(student, "new"), 1);
    },
  },
  {
    id: "goes-on",
    name: "It goes on where it was, beyond one byte",
    points: 1,
    async grade(student, expect) {
      await opened(student, "old", startOf(student));
      await steps(student, stepsOf(student));
      expect.equal("the file", await stored(student, "old"), startOf(student) + stepsOf(student), "carry into the next byte");
    },
  },
  {
    id: "shared",
    name: "The number is in a shared mapping of the file",
    points: 2,
    async grade(student, expect) {
      await opened(student, "shared", startOf(student));
      await steps(student, 3);
      const mapping = await mappingOf(student, "shared");
      expect.that("the file is mapped shared, for reading and writing", mapping !== null, "MAP.SHARED");
      const bytes = await student.memory({ address: mapping.start, length: 4 });
      expect.equal("the number in the mapping", bytes.readUInt32LE(0), startOf(student) + 3);
      expect.equal("the number in the file", await stored(student, "shared"), startOf(student) + 3);
    },
  },
  {
    id: "crash",
    name: "A process that is killed loses no step",
    points: 1,
    async grade(student, expect) {
      await opened(student, "crash", startOf(student));
      await steps(student, 2);
      await student.crash();
      expect.equal(
        "the file after the crash",
        await stored(student, "crash"),
        startOf(student) + 2,
        "a store is in the page cache at once",
      );
    },
  },
  {
    id: "close",
    name: "close takes the mapping away, flush does not",
    points: 1,
    async grade(student, expect) {
      await opened(student, "close", 0);
      await student.call("flush", "((globalThis as any).counter.flush(), 1)");
      expect.that("the file is mapped after flush", (await mappingOf(student, "close")) !== null);
      await student.call("close", "((globalThis as any).counter.close(), 1)");
      expect.that("the file is not mapped after close", (await mappingOf(student, "close")) === null, "munmap");
    },
  },
];
