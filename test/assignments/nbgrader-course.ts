/** A course in a folder of its own, driven by the real nbgrader as an instructor and students would, on the compiled kernel. */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const KERNEL_MAIN = join(ROOT, "kernel", "dist", "cli", "main.js");
/** The interpreter that has nbgrader. */
export const PYTHON = process.env["MMAPLAB_GRADING_PYTHON"] ?? join(ROOT, ".mmaplab", "grading", "bin", "python");

const RUN_AND_MARK = fileURLToPath(new URL("./run_and_mark.py", import.meta.url));
const COMMANDS = fileURLToPath(new URL("./nbgrader_commands.py", import.meta.url));

/** The course that `npx mmaplab course init` copies. */
export const TEMPLATE = join(ROOT, "notebooks", "assignments", "course");

/** Why nbgrader cannot be run, for the title of a test; empty where it can. */
export const withoutNbgrader =
  existsSync(PYTHON) && spawnSync(PYTHON, ["-c", "import nbgrader"]).status === 0
    ? ""
    : " (needs nbgrader in .mmaplab/grading; npm test installs it)";

/** A cell of a notebook, as far as grading knows it. */
export interface Cell {
  readonly cell_type: "code" | "markdown";
  source: string | string[];
  readonly metadata: { readonly nbgrader?: { readonly grade_id: string; readonly grade: boolean; readonly solution: boolean } };
  readonly outputs?: readonly Record<string, unknown>[];
}

export interface Notebook {
  readonly cells: Cell[];
}

export function readNotebook(path: string): Notebook {
  return JSON.parse(readFileSync(path, "utf8")) as Notebook;
}

/** The source of a cell as one text. */
export function sourceOf(cell: Cell): string {
  return typeof cell.source === "string" ? cell.source : cell.source.join("");
}

/** What a student writes: cells by their grade_id. */
export type Answers = Readonly<Record<string, string>>;

export class Course {
  readonly folder = mkdtempSync(join(tmpdir(), "mmaplab-course-"));
  readonly root = join(this.folder, "course");

  constructor(assignments: readonly string[]) {
    for (const file of ["nbgrader_config.py", "autotests.yml"]) cpSync(join(TEMPLATE, file), join(this.root, file));
    for (const name of assignments) cpSync(join(TEMPLATE, "source", name), join(this.root, "source", name), { recursive: true });
    mkdirSync(this.exchange);
    chmodSync(this.exchange, 0o777);
    const kernelspec = join(this.folder, "jupyter", "kernels", "mmaplab");
    mkdirSync(kernelspec, { recursive: true });
    const argv = [process.execPath, KERNEL_MAIN, "kernel", "{connection_file}"];
    const spec = { argv, display_name: "mmaplab", language: "typescript", interrupt_mode: "message" };
    writeFileSync(join(kernelspec, "kernel.json"), JSON.stringify(spec));
  }

  /** Adds a line to the course's configuration. */
  configure(line: string): void {
    appendFileSync(join(this.root, "nbgrader_config.py"), `${line}\n`);
  }

  /**
   * Runs an nbgrader command of the instructor.
   * @throws Error with its output where it fails
   */
  nbgrader(args: readonly string[]): string {
    return this.#run([{ args, user: "instructor", cwd: this.root }]);
  }

  /** Students fetch the released assignment, answer, and submit, each under a name of their own. */
  hand(assignment: string, answersByStudent: Readonly<Record<string, Answers>>): void {
    const students = Object.keys(answersByStudent);
    const each = (command: string): void => {
      const args = [command, assignment, "--course=mmap", `--Exchange.root=${this.exchange}`];
      this.#run(students.map((user) => ({ args: [...args, `--CourseDirectory.student_id=${user}`], user, cwd: this.home(user) })));
    };
    each("fetch_assignment");
    for (const [student, answers] of Object.entries(answersByStudent)) {
      const path = join(this.home(student), assignment, `${assignment}.ipynb`);
      const notebook = readNotebook(path);
      for (const cell of notebook.cells) {
        const answer = answers[cell.metadata.nbgrader?.grade_id ?? ""];
        if (answer !== undefined) cell.source = answer;
      }
      writeFileSync(path, JSON.stringify(notebook));
    }
    each("submit");
  }

  /** What a user's processes are started with. Whatever they leave lies in the folder of the course. */
  environmentOf(user: string): NodeJS.ProcessEnv {
    return { ...this.#environment(), ...this.#environmentOfUser(user) };
  }

  #environmentOfUser(user: string): Record<string, string> {
    const home = this.home(user);
    return {
      HOME: home,
      USER: user,
      JUPYTERHUB_USER: user,
      IPYTHONDIR: join(home, "ipython"),
      JUPYTER_CONFIG_DIR: join(home, "config"),
      JUPYTER_DATA_DIR: join(home, "data"),
    };
  }

  #environment(): NodeJS.ProcessEnv {
    const temporary = join(this.folder, "tmp");
    mkdirSync(temporary, { recursive: true });
    return {
      ...process.env,
      // nbgrader calls alembic by its name.
      PATH: `${dirname(PYTHON)}:${process.env["PATH"] ?? ""}`,
      JUPYTER_PATH: join(this.folder, "jupyter"),
      JUPYTER_PLATFORM_DIRS: "1",
      JUPYTER_RUNTIME_DIR: join(this.folder, "runtime"),
      NBGRADER_EXCHANGE: this.exchange,
      TMPDIR: temporary,
      PYTHONDONTWRITEBYTECODE: "1",
    };
  }

  /** The folder through which instructor and students hand over. */
  get exchange(): string {
    return join(this.folder, "exchange");
  }

  /** The home folder of a user, which is made. */
  home(user: string): string {
    const home = join(this.folder, "home", user);
    mkdirSync(home, { recursive: true });
    return home;
  }

  #run(commands: readonly { readonly args: readonly string[]; readonly user: string; readonly cwd: string }[]): string {
    const input = commands.map(({ args, user, cwd }) => ({
      args,
      cwd,
      env: this.#environmentOfUser(user),
    }));
    const env = this.#environment();
    const { status, stdout, stderr } = spawnSync(PYTHON, [COMMANDS], {
      cwd: this.root,
      env,
      encoding: "utf8",
      input: JSON.stringify(input),
      maxBuffer: 1 << 26,
    });
    if (status !== 0) throw new Error(`nbgrader failed: ${stdout}${stderr}`);
    return stdout + stderr;
  }

  /** What the gradebook has: points by student and grade_id; null where a person has to mark. */
  marks(assignment: string): Record<string, Record<string, number | null>> {
    const program = `
import json, sys
from nbgrader.api import Gradebook
with Gradebook(sys.argv[1]) as book:
    marks = {}
    for submission in book.assignment_submissions(sys.argv[2]):
        grades = marks.setdefault(submission.student.id, {})
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                grades[grade.name] = None if grade.needs_manual_grade else grade.score
    print(json.dumps(marks))
`;
    const database = `sqlite:///${join(this.root, "gradebook.db")}`;
    const { stdout, stderr } = spawnSync(PYTHON, ["-c", program, database, assignment], { encoding: "utf8" });
    try {
      return JSON.parse(stdout) as Record<string, Record<string, number | null>>;
    } catch {
      throw new Error(`the gradebook could not be read: ${stdout}${stderr}`);
    }
  }

  /** What nbgrader's rule gives for a notebook with all tests in it, run as it is: points by grade_id. */
  markDirectly(path: string, student: string): Record<string, number> {
    const env = { ...this.#environment(), MMAPLAB_STUDENT: student };
    const { stdout, stderr } = spawnSync(PYTHON, [RUN_AND_MARK, path], { cwd: this.folder, env, encoding: "utf8" });
    try {
      return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, number>;
    } catch {
      throw new Error(`${path} could not be run: ${stdout}${stderr}`);
    }
  }

  /** The graded notebook of a student. */
  graded(student: string, assignment: string): Notebook {
    return readNotebook(join(this.root, "autograded", student, assignment, `${assignment}.ipynb`));
  }

  /** The feedback of a student, as HTML. */
  feedback(student: string, assignment: string): string {
    const folder = join(this.root, "feedback", student, assignment);
    return readdirSync(folder)
      .filter((name) => name.endsWith(".html"))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The instructor's own answers of an assignment. */
export function solutions(assignment: string): Answers {
  const { cells } = readNotebook(join(TEMPLATE, "source", assignment, `${assignment}.ipynb`));
  return Object.fromEntries(
    cells.flatMap((cell) => {
      const { nbgrader } = cell.metadata;
      return cell.cell_type === "code" && nbgrader?.solution === true ? [[nbgrader.grade_id, sourceOf(cell)]] : [];
    }),
  );
}
