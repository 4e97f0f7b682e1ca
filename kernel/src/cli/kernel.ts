/**
 * `mmaplab kernel <connection-file>`: the Jupyter kernel, as a kernelspec starts it. Here the general kernel gets what makes
 * it mmaplab's: the name, the prelude, the links of the Help menu, and what explains a crash by the mappings.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import type { Command, Option } from "commander";
import { TypeScriptService } from "../jupyter/typescript-service.js";
import { BUNDLE_CONDITION, entryOf, hasBundles } from "../runtime/bundle-record.js";
import { PRELUDE_NAMES } from "./prelude-names.js";

// Not imported: of a CommonJS package `import` reads every file once more, for the names of its exports, while Jupyter waits.
const commander = createRequire(import.meta.url)("commander") as typeof import("commander");

const NAME = "mmaplab";

const HELP_LINKS = [
  { text: "mmap(2)", url: "https://man7.org/linux/man-pages/man2/mmap.2.html" },
  { text: "msync(2)", url: "https://man7.org/linux/man-pages/man2/msync.2.html" },
  { text: "proc_pid_maps(5)", url: "https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html" },
  { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
];

interface KernelCommandOptions {
  /** MiB. */
  readonly heap?: number;
  /** MiB. */
  readonly memory?: number;
  /** False where cells are not to be remembered on disk. */
  readonly history: boolean;
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0) throw new commander.InvalidArgumentError("It has to be a whole number above 0.");
  return value;
}

/** Node itself has some 120 MiB of private memory, most of it never touched. */
const LEAST_MEMORY_MIB = 256;

function memorySize(text: string): number {
  const value = positiveInteger(text);
  if (value < LEAST_MEMORY_MIB)
    throw new commander.InvalidArgumentError(`It has to be at least ${LEAST_MEMORY_MIB}: Node alone takes half of that.`);
  return value;
}

/** An option that a hub or a shell may also give as an environment variable. */
function limitOption(flags: string, description: string, variable: string, parse: (text: string) => number): Option {
  return new commander.Option(flags, description).env(variable).argParser(parse);
}

/** The version in a package.json, without loading the package. */
function versionIn(path: string): string {
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version: string };
  return version;
}

/** Where data of this user lives, by the XDG base directory specification: a relative path there counts as none. */
function dataFolder(): string {
  const given = process.env["XDG_DATA_HOME"] ?? "";
  return join(isAbsolute(given) ? given : join(homedir(), ".local", "share"), "mmaplab");
}

async function runKernel(connectionFile: string, { heap, memory, history }: KernelCommandOptions): Promise<void> {
  // The supervisor lives for hours and makes little but short-lived objects: V8's young generation stays as small as it starts, where it
  // would grow to what the busiest moment had use for.
  setFlagsFromString("--semi-space-growth-factor=1");
  // Without the slash the URL ends with: what is in a folder is found by comparing paths.
  const folder = resolve(fileURLToPath(new URL("../../", import.meta.url)));
  const version = versionIn(fileURLToPath(new URL("../../package.json", import.meta.url)));
  const languageVersion = versionIn(createRequire(import.meta.url).resolve("typescript/package.json"));
  const prelude = { module: "mmaplab", folder, names: PRELUDE_NAMES };
  // The first cell waits for the TypeScript service longest, so it starts before the rest of the supervisor is even loaded.
  const typescript = new TypeScriptService({ prelude, cwd: process.cwd() }, (text) => void process.stderr.write(`[${NAME}] ${text}\n`));
  typescript.start();
  const { startKernel, explainLastWords } = await import("./kernel-parts.js");
  const kernel = await startKernel({
    connectionFile,
    typescript,
    implementation: { name: NAME, version },
    languageVersion,
    banner: `${NAME} ${version}: Linux memory mapping in TypeScript ${languageVersion} cells, on Node ${process.versions.node}`,
    helpLinks: HELP_LINKS,
    prelude,
    cellProcess: { entry: entryOf("runtime/cell/main.js"), flags: hasBundles() ? [`--conditions=${BUNDLE_CONDITION}`] : [] },
    crashReports: { module: entryOf("probe/last-words.js"), explain: explainLastWords },
    ...(history ? { historyFolder: join(dataFolder(), "history") } : {}),
    ...(heap === undefined ? {} : { heapLimitMib: heap }),
    ...(memory === undefined ? {} : { memoryLimitMib: memory }),
  });
  // A front end with interrupt_mode "signal", and Ctrl+C in the terminal it was started from.
  process.on("SIGINT", () => kernel.interrupt());
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => void kernel.stop());
  await kernel.ended;
  process.exit(0);
}

/** The command, to be added to the program. */
export function kernelCommand(): Command {
  return (
    new commander.Command("kernel")
      .description("run the Jupyter kernel (Jupyter starts this; the connection file says where it listens)")
      .argument("<connection-file>", "JSON file written by Jupyter")
      // Some front ends append arguments of their own, meant for Python's kernel (jupyter run, nbgrader).
      .allowExcessArguments()
      .addOption(limitOption("--heap <MiB>", "what JavaScript objects of cells may take", "MMAPLAB_HEAP", positiveInteger))
      .addOption(limitOption("--memory <MiB>", "what private, writable memory of cells may take", "MMAPLAB_MEMORY", memorySize))
      .option("--no-history", "keep the cells of this session in memory only, not in ~/.local/share/mmaplab/history")
      .action(runKernel)
  );
}
