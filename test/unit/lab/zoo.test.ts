/** What `zoo` offers to readers. That every row is true is for test/conformance/zoo.test.ts. */
import { describe, expect, it, vi } from "vitest";
import { zooCommand } from "../../../kernel/src/cli/zoo.js";
import { chosenRows, hindrance, rowName, runRows, Zoo, zoo, zooCalls, ZOO_ROWS, type ZooRow } from "../../../kernel/src/lab/zoo/index.js";
import { SUCCESS, anon, errno, row } from "../../../kernel/src/lab/zoo/recipes.js";
import { VIEW_MIME_TYPE, validateBundle } from "../../../kernel/src/views/index.js";

/** The errors that the man pages and the article list, without those of process_madvise(2). */
const DOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  mmap: ["EACCES", "EAGAIN", "EBADF", "EEXIST", "EINVAL", "ENFILE", "ENODEV", "ENOMEM", "EOVERFLOW", "EOPNOTSUPP", "EPERM", "ETXTBSY"],
  munmap: ["EINVAL", "ENOMEM", "EPERM"],
  msync: ["EBUSY", "EINVAL", "ENOMEM", "EIO"],
  mprotect: ["EACCES", "EINVAL", "ENOMEM", "EPERM"],
  mremap: ["EAGAIN", "EFAULT", "EINVAL", "ENOMEM", "EPERM"],
  // EBUSY comes from MADV_COLLAPSE where a control group is full: it needs one of its own.
  madvise: ["EACCES", "EAGAIN", "EBADF", "EFAULT", "EINVAL", "EIO", "ENOMEM", "EPERM"],
  mlock: ["EAGAIN", "EINVAL", "ENOMEM", "EPERM"],
  mlock2: ["EINVAL", "ENOMEM", "EPERM"],
  munlock: ["EINVAL", "ENOMEM"],
  mlockall: ["EINVAL", "ENOMEM", "EPERM"],
  munlockall: ["EPERM"],
  mincore: ["EAGAIN", "EFAULT", "EINVAL", "ENOMEM"],
  load: ["SIGSEGV", "SIGBUS"],
  store: ["SIGSEGV", "SIGBUS"],
  fetch: ["SIGSEGV"],
};

const pairs = Object.entries(DOCUMENTED).flatMap(([call, errors]) => errors.map((error) => [call, error] as const));

describe("the table", () => {
  it.each(pairs)("has a row for %s %s", (call, error) => {
    expect(chosenRows(call, error).length).toBeGreaterThan(0);
  });

  it("has no two rows of one name that the same kernel could run", () => {
    const names = ZOO_ROWS.map((one) => `${rowName(one)} ${one.since ?? ""} ${one.until ?? ""} ${(one.needs ?? []).join()} ${one.source}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("names a source for each row", () => {
    expect(ZOO_ROWS.filter(({ source }) => source.length < 5)).toEqual([]);
  });

  it("is listed without running anything", () => {
    const { rows, reports, view } = zoo();
    expect([rows.length, reports.length]).toEqual([ZOO_ROWS.length, 0]);
    expect(view.headings).toEqual(["call", "comes", "when", "needs"]);
    expect(view.rows).toHaveLength(ZOO_ROWS.length);
  });
});

describe("choosing rows", () => {
  it("refuses a call that has none, naming those that have", () => {
    expect(() => zoo("mmap2")).toThrow(`take one of ${zooCalls().join(", ")}`);
    expect(() => zoo("constructor")).toThrow(RangeError);
  });

  it("refuses an error no row ends with, naming those there are", () => {
    expect(() => zoo("munmap", "EIO")).toThrow(/no row of munmap ends with "EIO": take one of .*EINVAL/);
    expect(() => zoo("munmap", "")).toThrow(RangeError);
  });

  it.each([1, null, {}, Symbol("x")])("refuses %s as a call", (call) => {
    expect(() => Reflect.apply(zoo, undefined, [call])).toThrow(TypeError);
  });
});

describe("running rows", () => {
  it("causes each error for real, with the call in words and the model's reason", () => {
    const { reports, differing, view } = zoo("munmap", "EINVAL");
    expect(differing).toEqual([]);
    expect(reports.map(({ came, model }) => [came, model])).toEqual([
      ["EINVAL", "EINVAL"],
      ["EINVAL", "EINVAL"],
      ["EINVAL", "EINVAL"],
    ]);
    expect(view.rows[1]?.map(({ text }) => text)).toEqual([
      "the length is 0",
      "munmap(0x600000000000, 0)",
      "EINVAL",
      "EINVAL",
      "The length is 0.",
    ]);
    expect(view.caption).toContain("3 as told, 0 differ, 0 not run");
  });

  it("says so where a row does not end as it says", () => {
    const wrong = row("mmap", errno("ENOENT"), "never", "nowhere", [anon(0)]);
    const shown = new Zoo([wrong], runRows([wrong]), "one row");
    expect(shown.differing).toHaveLength(1);
    expect(shown.view.rows[0]?.[2]).toEqual({ text: "success", tone: "bad" });
    expect(shown.view.rows[0]?.[4]?.text).toContain("expected ENOENT");
  });

  it("counts a row whose preparation fails as differing, and runs the others", () => {
    const unprepared = row("mmap", errno("EINVAL"), "never", "nowhere", [{ ...anon(0), length: 0n }, anon(0)]);
    const [failed, other] = runRows([unprepared, row("mmap", SUCCESS, "always", "nowhere", [anon(0)])]);
    expect([failed?.verdict, other?.verdict]).toEqual(["differs", "as told"]);
    expect(failed?.came).toMatch(/the preparation "mmap" ended with EINVAL/);
  });

  it("leaves out what changes the system unless that is allowed", () => {
    const { reports } = zoo("mmap", "ENFILE");
    expect(reports.map(({ verdict }) => verdict)).toEqual(["not run"]);
    expect(reports[0]?.came).toMatch(/allow it with --allow-system-changes|needs/);
  });

  it("is displayed as a table that readers accept", () => {
    const bundle = zoo("mlock", "EPERM")[Symbol.for("Jupyter.display") as never] as () => Record<string, unknown>;
    const shown = Reflect.apply(bundle, zoo("mlock", "EPERM"), []);
    expect(validateBundle(JSON.parse(JSON.stringify(shown[VIEW_MIME_TYPE])))).toMatchObject({ ok: true });
    expect(shown["text/plain"]).toContain("RLIMIT_MEMLOCK is 0");
  });
});

describe("what hinders a row", () => {
  const plain: ZooRow = row("mmap", errno("EINVAL"), "x", "y", [anon(0)]);

  it.each([
    ["6.16", "6.15.9", "needs Linux 6.16 or newer (here 6.15.9)"],
    ["6.16", "6.16.0-generic", undefined],
    ["5.14", "6.1.2", undefined],
  ])("since %s on %s: %s", (since, release, expected) => {
    expect(hindrance({ ...plain, since }, release, "forbidden")).toBe(expected);
  });

  it.each([
    ["6.1", "6.1.0", "needs a Linux before 6.1 (here 6.1.0)"],
    ["6.1", "5.10.262", undefined],
  ])("until %s on %s: %s", (until, release, expected) => {
    expect(hindrance({ ...plain, until }, release, "forbidden")).toBe(expected);
  });

  it("is named where the system would be changed", () => {
    const changing: ZooRow = { ...plain, changesSystem: "everything stops" };
    expect(hindrance(changing, "6.18.1", "forbidden")).toContain("everything stops");
    expect(hindrance(changing, "6.18.1", "allowed")).toBeUndefined();
  });
});

describe("mmaplab zoo", () => {
  async function printed(...args: string[]): Promise<string> {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: unknown) => void lines.push(String(line)));
    try {
      await zooCommand().parseAsync(args, { from: "user" });
    } finally {
      log.mockRestore();
    }
    return lines.join("\n");
  }

  it("prints a table of at most 100 columns", async () => {
    const text = await printed("msync", "EINVAL");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(text).toContain("MS_ASYNC|MS_SYNC");
  });

  it("prints JSON of stable fields", async () => {
    const { rows } = JSON.parse(await printed("msync", "EBUSY", "--json")) as { rows: Record<string, unknown>[] };
    expect(rows.map((one) => Object.keys(one))).toEqual([
      ["call", "comes", "when", "source", "needs", "steps", "verdict", "came", "model", "reason"],
    ]);
    expect(rows[0]).toMatchObject({ call: "msync", comes: "EBUSY", verdict: "as told", came: "EBUSY", model: "EBUSY" });
  });
});
