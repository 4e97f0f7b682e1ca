/** Honest grading: right submissions get all points, marks are the same again, and the sandbox holds. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RunningStudent, TaskFailed, gradeSubmission, loadPlan, readNotebook } from "../../kernel/src/grade/index.js";
import { userfaultfdAbility } from "../../kernel/src/probe/index.js";
import { sourcePath, submit, withoutSandbox } from "./grading.js";
import { TEMPLATE, solutions } from "./nbgrader-course.js";

const MAIN = fileURLToPath(new URL("../../kernel/dist/cli/main.js", import.meta.url));
const ASSIGNMENTS = ["sample", "sixteen-faults", "persistent-counter", "pager"];
const withoutUserfaultfd = userfaultfdAbility().allowed === "no" ? " (needs userfaultfd)" : "";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mmaplab-grades-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(withoutSandbox !== "")(`graded from outside${withoutSandbox}`, () => {
  for (const assignment of ASSIGNMENTS) {
    const lacks = assignment === "pager" ? withoutUserfaultfd : "";
    test.skipIf(lacks !== "")(`the solution of ${assignment} earns all points, for every student the same${lacks}`, async () => {
      const tasks = await loadPlan(join(TEMPLATE, "grading", `${assignment}.mjs`));
      const released = readNotebook(sourcePath(assignment));
      for (const student of ["ada", "grace"]) {
        const submission = submit(join(folder, `${assignment}-${student}.ipynb`), assignment, solutions(assignment));
        const marks = await gradeSubmission({ student, submission, released, tasks });
        expect(marks.tasks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
        expect(marks.earned).toBe(marks.possible);
      }
    });
  }

  test.each(ASSIGNMENTS)("an empty submission of %s earns nothing", async (assignment) => {
    const tasks = await loadPlan(join(TEMPLATE, "grading", `${assignment}.mjs`));
    const submission = submit(join(folder, `${assignment}-empty.ipynb`), assignment, {});
    const marks = await gradeSubmission({ student: "empty", submission, released: readNotebook(sourcePath(assignment)), tasks });
    expect([marks.earned, new Set(marks.tasks.map(({ outcome }) => outcome))]).toEqual([0, new Set(["failed"])]);
  });

  test("a counter that only writes the file does not pass for a shared mapping", async () => {
    const tasks = (await loadPlan(join(TEMPLATE, "grading", "persistent-counter.mjs"))).filter(({ id }) =>
      ["goes-on", "shared"].includes(id),
    );
    const counter = `
const fs = process.getBuiltinModule("node:fs");
function openCounter(path: string): Counter {
  const value = (): number => fs.readFileSync(path).readUInt32LE(0);
  const increment = (): number => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value() + 1);
    fs.writeFileSync(path, bytes);
    return value();
  };
  return { value, increment, flush: () => undefined, close: () => undefined };
}`;
    const submission = submit(join(folder, "files.ipynb"), "persistent-counter", { counter });
    const released = readNotebook(sourcePath("persistent-counter"));
    const marks = await gradeSubmission({ student: "files", submission, released, tasks });
    expect(marks.tasks.map(({ id, outcome }) => [id, outcome])).toEqual([
      ["goes-on", "passed"],
      ["shared", "failed"],
    ]);
  });

  test("what students write into other cells, and cells of their own, does not run", async () => {
    const path = submit(join(folder, "cells.ipynb"), "sample", solutions("sample"));
    const notebook = JSON.parse(readFileSync(path, "utf8")) as {
      cells: { source: string; metadata: { nbgrader?: { grade_id: string } } }[];
    };
    for (const cell of notebook.cells) if (cell.metadata.nbgrader?.grade_id === "pages") cell.source = "const pages = 1; process.exit(1);";
    notebook.cells.push({ ...notebook.cells.at(-1)!, source: "process.exit(2);", metadata: {} });
    writeFileSync(path, JSON.stringify(notebook));
    const tasks = await loadPlan(join(TEMPLATE, "grading", "sample.mjs"));
    const marks = await gradeSubmission({ student: "cells", submission: path, released: readNotebook(sourcePath("sample")), tasks });
    expect(marks.earned).toBe(marks.possible);
  });

  describe("inside the sandbox", () => {
    let student: RunningStudent;
    beforeAll(() => {
      student = new RunningStudent("inside", ["const fs = process.getBuiltinModule('node:fs');"]);
    });
    afterAll(() => student.end());
    const ask = async (expression: string): Promise<unknown> => (await student.call("it", expression)).value;

    test("there is no network but the loopback of its own, which is not the machine's", async () => {
      const interfaces =
        "fs.readFileSync('/proc/net/dev', 'utf8').split('\\n').filter((line) => line.includes(':')).map((line) => line.split(':')[0]!.trim())";
      expect(await ask(interfaces)).toEqual(["lo"]);
    });

    test("no process of the machine, no home, no project but what runs the kernel", async () => {
      expect(await ask("fs.readdirSync('/').filter((name) => ['root', 'var', 'srv', 'mnt', 'boot'].includes(name))")).toEqual([]);
      expect(await ask("fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length < 10")).toBe(true);
      const root = fileURLToPath(new URL("../../", import.meta.url));
      for (const path of ["notebooks", "test", "kernel/src", ".git"])
        expect(await ask(`fs.existsSync(${JSON.stringify(root + path)})`)).toBe(false);
    });

    test("nothing but its own folders can be written, and those hold only so much", async () => {
      const write = (path: string): string =>
        `(() => { try { fs.writeFileSync(${JSON.stringify(path)}, "x"); return "written"; } catch (error) { return (error as any).code; } })()`;
      expect(await ask(write(MAIN))).toBe("EROFS");
      expect(await ask(write("/usr/bin/x"))).toBe("EROFS");
      const fill =
        "(() => { try { for (let file = 0; file < 200; file += 1) fs.writeFileSync('/tmp/' + file, Buffer.alloc(1 << 20)); return 'all'; } catch (error) { return (error as any).code; } })()";
      expect(await ask(fill)).toBe("ENOSPC");
    });

    test("a link in the folder of the submission is not followed", async () => {
      await ask("(fs.symlinkSync('/etc/passwd', 'link'), fs.mkdirSync('folder'), fs.writeFileSync('file', 'hello'), 1)");
      expect(await student.file("link")).toBeNull();
      expect(await student.file("folder")).toBeNull();
      expect(String(await student.file("file"))).toBe("hello");
      await expect(student.file("../etc/passwd")).rejects.toThrow(TypeError);
    });

    test("nothing is left when it has ended", async () => {
      const other = new RunningStudent("ends", []);
      await other.call("spawn", "process.getBuiltinModule('node:child_process').spawn('sleep', ['12321'], { detached: true }).pid");
      await other.end();
      const sleeping = readdirSync("/proc").filter((name) => {
        try {
          return readFileSync(`/proc/${name}/cmdline`, "latin1") === "sleep\u000012321\u0000";
        } catch {
          return false;
        }
      });
      expect(sleeping).toEqual([]);
      await expect(other.file("x")).rejects.toThrow(TaskFailed);
    });
  });

  test("the command makes a course, grades it twice alike, and writes feedback, CSV and an overview", () => {
    const course = join(folder, "course");
    const run = (...args: string[]): ReturnType<typeof spawnSync> => spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
    expect(run("course", "init", course).status).toBe(0);
    expect(run("course", "init", course).status).toBe(1);
    for (const [student, answers] of [
      ["=right", solutions("sample")],
      ["<b>empty", {}],
    ] as const) {
      mkdirSync(join(course, "submitted", student, "sample"), { recursive: true });
      submit(join(course, "submitted", student, "sample", "sample.ipynb"), "sample", answers);
    }
    mkdirSync(join(course, "submitted", "link", "sample"), { recursive: true });
    symlinkSync("/etc/passwd", join(course, "submitted", "link", "sample", "sample.ipynb"));
    const first = run("grade", "sample", "--course", course, "--json");
    const second = run("grade", "sample", "--course", course, "--json");
    expect([first.status, first.stderr]).toEqual([0, ""]);
    expect(second.stdout).toBe(first.stdout);
    const out = join(course, "graded", "sample");
    expect(readFileSync(join(out, "marks.csv"), "utf8").split("\n")).toEqual([
      "student,earned,possible,by hand,anonymous,bytes",
      "<b>empty,0,4,2,0,0",
      "'=right,4,4,2,3,1",
      "link,0,4,2,0,0",
      "",
    ]);
    const overview = readFileSync(join(out, "overview.html"), "utf8");
    expect(overview).toContain("&#60;b&#62;empty");
    expect(overview).not.toContain("<b>empty");
    expect(readFileSync(join(out, "feedback", "link.html"), "utf8")).not.toContain("root:");
    expect(existsSync(join(out, "feedback", "=right.html"))).toBe(true);
  });
});
