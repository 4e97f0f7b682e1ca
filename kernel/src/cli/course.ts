/** `mmaplab course`: a folder in which nbgrader makes and grades assignments for this kernel. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { makeFolder } from "../linux/mkdir.js";

const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));
const HERE = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where the template lies: in the npm package, or in the project. */
const TEMPLATES = [HERE("../../assignments"), HERE("../../../notebooks/assignments/course")];
/** What pip installs, by version and hash. */
const REQUIREMENTS = [HERE("../../assignments/requirements.txt"), HERE("../../setup/requirements/grading.txt")];

interface InitOptions {
  readonly all?: boolean;
  readonly install?: boolean;
}

/** The command, to be added to the program. */
export function courseCommand(): Command {
  const course = new Command("course").description("make a course for nbgrader");
  course
    .command("init")
    .description("make a folder with nbgrader's configuration for this kernel and a sample assignment")
    .argument("<folder>", "a new or empty folder")
    .option("--all", "with the three assignments of mmaplab as well")
    .option("--install", "install nbgrader and JupyterLab into <folder>/.venv with python3 and pip, and the kernel's specification")
    .action(init);
  return course;
}

function init(folder: string, { all = false, install = false }: InitOptions): void {
  const root = resolve(folder);
  requireEmpty(root);
  const template = existing(TEMPLATES, "the course template");
  const requirements = existing(REQUIREMENTS, "the list of Python packages");
  const assignments = readdirSync(join(template, "source")).filter((name) => all || name === "sample");
  makeFolder(root);
  for (const file of ["nbgrader_config.py", "autotests.yml", "README.md"]) cpSync(join(template, file), join(root, file));
  cpSync(requirements, join(root, "requirements.txt"));
  for (const name of assignments) {
    cpSync(join(template, "source", name), join(root, "source", name), { recursive: true });
    // Beside the sources and not among them: what lies in source is released to students.
    const plan = join(template, "grading", `${name}.mjs`);
    if (existsSync(plan)) cpSync(plan, join(root, "grading", `${name}.mjs`));
  }
  if (install) installPackages(root);
  console.log(`${root} has the assignments ${assignments.join(", ")}. README.md there says what to do with them.`);
  if (!install) console.log("Install nbgrader: pip install --require-hashes -r requirements.txt   (or let --install do it)");
}

/** @throws Error where something is there already */
function requireEmpty(root: string): void {
  if (!existsSync(root)) return;
  if (!statSync(root).isDirectory()) throw new Error(`${root} is a file. Name a new folder.`);
  if (readdirSync(root).length > 0) throw new Error(`${root} is not empty, and nothing in it is overwritten. Name a new folder.`);
}

function existing(candidates: readonly string[], what: string): string {
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${what} is missing from this installation of mmaplab. Install the package again.`);
  return found;
}

function installPackages(root: string): void {
  const venv = join(root, ".venv");
  const python = join(venv, "bin", "python");
  run("python3", ["-m", "venv", venv], "Install Python 3.10 or newer with its venv module (Debian: apt-get install python3-venv).");
  const pip = [
    "-m",
    "pip",
    "install",
    "--no-input",
    "--disable-pip-version-check",
    "--require-hashes",
    "-r",
    join(root, "requirements.txt"),
  ];
  run(python, pip, "Check the connection to the package index, and run the same command in the course's folder.");
  const kernelspec = join(venv, "share", "jupyter", "kernels", "mmaplab");
  makeFolder(kernelspec);
  const argv = [process.execPath, MAIN, "kernel", "{connection_file}"];
  const spec = { argv, display_name: "TypeScript (mmaplab)", language: "typescript", interrupt_mode: "message" };
  writeFileSync(join(kernelspec, "kernel.json"), `${JSON.stringify(spec, null, 2)}\n`);
}

/** @param help what to do where it fails */
function run(program: string, args: readonly string[], help: string): void {
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status === 0) return;
  const how = error === undefined ? `ended with ${String(status)}` : `could not be run (${error.message})`;
  throw new Error(`${program} ${args.slice(0, 3).join(" ")} ${how}. ${help}`);
}
