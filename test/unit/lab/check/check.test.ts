/** `check`, on the live kernel. */
import { afterEach, describe, expect, test } from "vitest";
import {
  CheckFailed,
  MAP,
  MS,
  PAGE_SIZE,
  PROT,
  check,
  close,
  fork,
  lab,
  mmap,
  mprotect,
  msync,
  munmap,
  observe,
  predict,
  scratchFile,
  type Mapping,
} from "../../../../kernel/src/lab/index.js";
import { thrown } from "../outcomes.js";
import { recordChecks } from "./shown-checks.js";

const shown = recordChecks();

function memory(pages: number): Mapping {
  return mmap(null, pages * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS);
}

function failure(action: () => unknown): CheckFailed {
  const error = thrown(action);
  if (!(error instanceof CheckFailed)) throw new Error(`expected a CheckFailed, not ${String(error)}`);
  return error;
}

afterEach(() => {
  lab.reset();
});

describe("faults", () => {
  test("of a function are counted by the kernel, and the check is shown as passed with its points", () => {
    const m = memory(4);
    check.faults("four faults", () => m.touch({ pages: 4, access: "write" }), { minor: 4, major: 0 }, { points: 2 });
    expect(shown).toEqual([
      {
        version: 1,
        kind: "check",
        title: "✓ four faults",
        name: "four faults",
        outcome: "passed",
        points: 2,
        earned: 2,
        message: "4 minor and 0 major faults",
      },
    ]);
  });

  test("of an observation are those it saw", () => {
    const m = memory(4);
    const seen = observe("touch", () => m.touch({ pages: 3 }));
    check.faults("three", seen, 3);
    expect(failure(() => check.faults("four", seen, 4)).seen).toBe("3 minor and 0 major faults");
  });

  test("that are others throw what was expected, what was seen and the hint, and show it too", () => {
    const m = memory(4);
    const error = failure(() => check.faults("one fault", () => m.touch({ pages: 2 }), 1, { points: 3, hint: "each page faults once" }));
    expect(error).toMatchObject({
      check: "one fault",
      expected: "1 fault",
      seen: "2 minor and 0 major faults",
      hint: "each page faults once",
    });
    expect(error.message).toBe("one fault\n  expected: 1 fault\n  seen: 2 minor and 0 major faults\n  hint: each page faults once");
    expect(shown).toMatchObject([{ outcome: "failed", points: 3, earned: 0, hint: "each page faults once" }]);
  });

  test("of only one kind leave the other kind alone", () => {
    const m = memory(1);
    check.faults("minor", () => m.store(0, 1), { minor: 1 });
    check.faults("major", () => m.store(0, 1), { major: 0 });
  });

  test("of a function that is refused an access fail with the signal", () => {
    const m = memory(1);
    expect(failure(() => check.faults("x", () => m.load(2 ** 46), 1)).seen).toMatch(/^SIGSEGV \(/);
  });

  test("of a prediction cannot be checked", () => {
    const m = memory(1);
    const predicted = predict(() => m.store(0, 1));
    expect(thrown(() => check.faults("x", predicted, 1))).toBeInstanceOf(TypeError);
    expect(String(thrown(() => predict(() => check.faults("x", () => m.store(0, 1), 1))))).toContain("Check outside of it");
  });

  test("of an async function are counted until it is settled", async () => {
    const m = memory(2);
    await check.faults(
      "two",
      async () => {
        m.store(0, 1);
        await Promise.resolve();
        m.store(PAGE_SIZE, 1);
      },
      2,
    );
    expect(shown).toMatchObject([{ outcome: "passed" }]);
    const late = check.faults("two", () => Promise.reject(new Error("late")), 2);
    await expect(late).rejects.toMatchObject({ name: "CheckFailed", seen: "Error: late" });
  });
});

describe("mappings", () => {
  test("are the VMAs of /proc, clipped to the range, with pages counted from its start", () => {
    const m = memory(6);
    mprotect(m.addr + BigInt(2 * PAGE_SIZE), 2 * PAGE_SIZE, PROT.READ);
    munmap(m.addr + BigInt(5 * PAGE_SIZE), PAGE_SIZE);
    check.mappings("three", m, [
      { pages: 2, perms: "rw-p", object: null },
      { pages: 2, perms: "r--p" },
      { pages: 1, perms: "rw-p" },
    ]);
    const error = failure(() => check.mappings("one", m, [{ pages: 6, perms: "rw-p" }]));
    expect(error.expected).toBe("pages 0-5 rw-p");
    expect(error.seen).toBe("pages 0-1 rw-p, pages 2-3 r--p, page 4 rw-p");
  });

  test("of nothing are an empty list, and a hole is a gap", () => {
    const m = memory(3);
    const { addr } = m;
    munmap(addr + BigInt(PAGE_SIZE), PAGE_SIZE);
    check.mappings("hole", { addr, pages: 3 }, [
      { pages: 1, perms: "rw-p" },
      { from: 2, pages: 1, perms: "rw-p" },
    ]);
    munmap(addr, 3 * PAGE_SIZE);
    check.mappings("nothing", { addr, pages: 3 }, []);
    expect(failure(() => check.mappings("something", { addr, pages: 3 }, [{ pages: 3, perms: "rw-p" }])).seen).toBe("nothing is mapped");
  });

  test("of a file have its offset", () => {
    const fd = scratchFile(4);
    const m = mmap(null, 2 * PAGE_SIZE, PROT.READ, MAP.SHARED, fd, PAGE_SIZE);
    check.mappings("offset", m, [{ pages: 2, perms: "r--s", offset: PAGE_SIZE }]);
    expect(failure(() => check.mappings("offset", m, [{ pages: 2, perms: "r--s", offset: 0 }])).seen).toBe("pages 0-1 r--s from byte 4096");
    expect(failure(() => check.mappings("anonymous", m, [{ pages: 2, perms: "r--s", object: null }])).expected).toContain("anonymous");
    close(fd);
  });
});

describe("contents", () => {
  test("of a mapping are read, which maps only the pages read", () => {
    const m = memory(2);
    m.store(PAGE_SIZE, 7);
    check.contents("seven", m, [7, 0], { offset: PAGE_SIZE });
    check.faults("still untouched", () => m.load(0), 1);
    const error = failure(() => check.contents("eight", m, [7, 8], { offset: PAGE_SIZE }));
    expect([error.expected, error.seen]).toEqual(["from byte 4097: 08", "from byte 4097: 00"]);
  });

  test("of a file are what a shared mapping stored there", () => {
    const fd = scratchFile(1);
    const m = mmap(null, PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.SHARED, fd, 0);
    m.store(0, 0x68);
    m.store(1, 0x69);
    msync(m, MS.SYNC);
    check.contents("hi", fd, "hi");
    expect(failure(() => check.contents("too short", fd, "x", { offset: PAGE_SIZE })).seen).toBe(
      "from byte 4096: nothing, the file ends there",
    );
    close(fd);
  });

  test("that cannot be read fail with the reason", () => {
    const m = memory(1);
    munmap(m);
    expect(failure(() => check.contents("gone", m, [0])).seen).toBe("from byte 0: SIGSEGV (SEGV_MAPERR)");
    expect(failure(() => check.contents("no file", "/nonexistent/file", "x")).seen).toContain("ENOENT");
  });
});

describe("errno, signal and survives", () => {
  test("hold for the failure that was named, and for no other", () => {
    const bad = (): unknown => mmap(null, 0, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS);
    check.errno("length 0", "EINVAL", bad);
    expect(failure(() => check.errno("length 0", "ENOMEM", bad)).seen).toBe("mmap: EINVAL");
    expect(failure(() => check.errno("fine", "EINVAL", () => memory(1))).seen).toBe("it ended without an error");
  });

  test("tell signals by name, by code and by address", () => {
    const m = mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS);
    const store = (): void => m.store(8, 1);
    check.signal("by name", "SIGSEGV", store);
    check.signal("by code", "SEGV_ACCERR", store);
    check.signal("by address", { signal: "SIGSEGV", address: m.addr + 8n }, store);
    expect(failure(() => check.signal("other code", "SEGV_MAPERR", store)).seen).toBe("SIGSEGV (SEGV_ACCERR)");
    expect(failure(() => check.signal("other address", { address: m.addr }, store)).expected).toBe("at the right address");
    expect(failure(() => check.signal("none", "SIGSEGV", () => m.load(0))).seen).toBe("it ended without an error");
  });

  test("survives means no error and no signal", () => {
    const m = memory(1);
    check.survives("store", () => m.store(0, 1));
    expect(failure(() => check.survives("load", () => memory(1).load(2 ** 46))).seen).toMatch(/^SIGSEGV/);
    expect(failure(() => check.survives("error", () => JSON.parse("{"))).seen).toContain("SyntaxError");
  });

  test("check what a child does, in the child's memory", () => {
    const m = memory(1);
    m.store(0, 1);
    using child = fork();
    child.run(() => {
      check.faults("copy on write", () => m.store(0, 2), 1);
      check.contents("the child's", m, [2]);
    });
    check.contents("the parent's", m, [1]);
  });
});

describe("that, equal and answer", () => {
  test("compare values deeply, and a bigint with a number", () => {
    check.equal("numbers", 4n, 4);
    check.equal("lists", [1, { a: 2n }], [1, { a: 2n }]);
    expect(failure(() => check.equal("lists", [1, 2], [1, 3]))).toMatchObject({ expected: "[ 1, 3 ]", seen: "[ 1, 2 ]" });
    expect(failure(() => check.equal("fraction", 4n, 4.5)).seen).toBe("4n");
    check.that("true", true);
    check.that("computed", () => 1 + 1 === 2);
    expect(failure(() => check.that("false", false)).seen).toBe("it does not hold");
  });

  test("a condition that is no boolean is a mistake in the check and not a pass", () => {
    expect(thrown(() => check.that("truthy", 1 as unknown as boolean))).toBeInstanceOf(TypeError);
    expect(thrown(() => check.that("forgotten call", (() => memory) as unknown as () => boolean))).toBeInstanceOf(TypeError);
  });

  test("an open question is shown as open with its hint, and nothing is thrown", () => {
    check.answer("How many?", undefined, 4, { points: 1, hint: "count the pages" });
    expect(shown).toEqual([
      {
        version: 1,
        kind: "check",
        title: "○ How many?",
        name: "How many?",
        outcome: "open",
        points: 1,
        earned: 0,
        message: "",
        hint: "count the pages",
      },
    ]);
  });

  test("a wrong answer fails without telling the right one", () => {
    const error = failure(() => check.answer("How many?", 3, () => 1234, { hint: "count again" }));
    expect(`${error.message} ${JSON.stringify(shown)}`).not.toContain("1234");
    expect(error).toMatchObject({ seen: "3", hint: "count again" });
  });

  test("a right answer passes, whatever its case and the spaces around it", () => {
    check.answer("Which signal?", " sigsegv ", "SIGSEGV", { points: 1 });
    check.answer("List", ["A ", 1], ["a", 1n]);
    expect(shown.map(({ outcome }) => outcome)).toEqual(["passed", "passed"]);
    expect(thrown(() => check.answer("async", 1, Promise.resolve(1)))).toBeInstanceOf(TypeError);
  });
});

describe("score", () => {
  test("adds up what holds; what fails or is open costs its own points only", () => {
    const m = memory(4);
    const earned = check.score([
      { name: "right", points: 2, check: () => check.faults("two", () => m.touch({ pages: 2, access: "write" }), 2) },
      { name: "wrong", points: 1, check: () => check.equal("sum", 1, 2, { hint: "add" }) },
      { name: "broken", points: 1, check: () => JSON.parse("{"), hint: "write JSON" },
      { name: "open", points: 1, check: () => check.answer("q", undefined, 1) },
      { name: "half", points: 0.5, check: () => true },
    ]);
    expect(earned).toBe(2.5);
    expect(shown.map(({ title, earned: part, hint }) => [title, part, hint])).toEqual([
      ["✓ right", 2, undefined],
      ["✗ wrong", 0, "add"],
      ["✗ broken", 0, "write JSON"],
      ["○ open", 0, undefined],
      ["✓ half", 0.5, undefined],
    ]);
  });

  test("earns nothing for an async check, which would be over before its answer", () => {
    expect(check.score([{ name: "async", points: 1, check: () => Promise.resolve(true) }])).toBe(0);
    expect(shown).toMatchObject([{ outcome: "failed", message: expect.stringContaining("Await first") }]);
  });

  test("refuses what has no meaning, with the next step in the message", () => {
    for (const parts of [
      [],
      null,
      [{ name: "x", points: -1, check: () => 1 }],
      [{ name: "x", points: NaN, check: () => 1 }],
      [{ name: "", points: 1, check: () => 1 }],
    ])
      expect(String(thrown(() => check.score(parts as never)))).toMatch(/^(TypeError|RangeError): check\.score/);
    expect(String(thrown(() => check.score([{ name: "x", points: 1, check: 1 as never }])))).toContain("must be a function");
  });
});

test("bad arguments are refused before anything runs", () => {
  let ran = false;
  const run = (): void => void (ran = true);
  const calls = [
    () => check.faults("", run, 1),
    () => check.faults("x", run, -1),
    () => check.faults("x", run, {}),
    () => check.faults("x", null as never, 1),
    () => check.errno("x", "ENOTHING" as never, run),
    () => check.signal("x", {} as never, run),
    () => check.survives(3 as never, run),
    () => check.survives("x", run, { points: Infinity }),
    () => check.survives("x", run, null as never),
    () => check.mappings("x", {} as never, []),
    () => check.mappings("x", { addr: 0n, pages: 1 }, [{ pages: 1, perms: "rw" }]),
    () => check.contents("x", {} as never, "x"),
    () => check.contents("x", "/dev/null", ""),
    () => check.contents("x", "/dev/null", [256]),
  ];
  for (const call of calls) {
    const error = thrown(call);
    expect(error instanceof TypeError || error instanceof RangeError, `${String(call)}: ${String(error)}`).toBe(true);
  }
  expect(ran).toBe(false);
});

test("a check says the same in 50 runs, wherever the kernel maps", () => {
  const say = (): string => {
    const m = memory(4);
    const gone = failure(() => check.signal("x", "SIGBUS", () => m.load(1 << 30)));
    const mapped = failure(() => check.mappings("x", m, []));
    const counted = failure(() => check.faults("x", () => m.touch({ access: "write" }), 0));
    const foreign = failure(() => check.equal("x", `at ${m.addr.toString(16)} 0x${m.addr.toString(16)}`.slice(-14), ""));
    return [gone, mapped, counted].map(({ message }) => message).join("\n") + foreign.seen.length.toString();
  };
  expect(new Set(Array.from({ length: 50 }, say)).size).toBe(1);
});

test("a parameter is the same for the same student, within its bounds, and not the same for all", () => {
  const draw = (seed: string): number => check.parameter(seed, "pages", 4, 9);
  const drawn = Array.from({ length: 200 }, (_, index) => draw(`student ${String(index)}`));
  expect(draw("ada")).toBe(draw("ada"));
  expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([4, 9]);
  expect(check.parameter("ab", "c", 0, 1 << 30)).not.toBe(check.parameter("a", "bc", 0, 1 << 30));
  expect(thrown(() => check.parameter("x", "y", 5, 4))).toBeInstanceOf(RangeError);
});
