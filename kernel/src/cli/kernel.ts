/**
 * `mmaplab kernel <connection-file>`: the Jupyter kernel, as a kernelspec starts it. Here the general kernel gets what makes
 * it mmaplab's: the name, the prelude, the links of the Help menu, and what explains a crash by the mappings.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { startKernel } from "../jupyter/index.js";
import { explainLastWords } from "../probe/last-words-explanation.js";
import { PRELUDE_NAMES } from "./prelude-names.js";

const HELP_LINKS = [
  { text: "mmap(2)", url: "https://man7.org/linux/man-pages/man2/mmap.2.html" },
  { text: "msync(2)", url: "https://man7.org/linux/man-pages/man2/msync.2.html" },
  { text: "proc_pid_maps(5)", url: "https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html" },
  { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
];

interface KernelCommandOptions {
  /** MiB. */
  readonly heap?: number;
  /** False where cells are not to be remembered on disk. */
  readonly history: boolean;
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0) throw new InvalidArgumentError("It has to be a whole number above 0.");
  return value;
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

async function runKernel(connectionFile: string, { heap, history }: KernelCommandOptions): Promise<void> {
  const folder = fileURLToPath(new URL("../../", import.meta.url));
  const version = versionIn(fileURLToPath(new URL("../../package.json", import.meta.url)));
  const languageVersion = versionIn(createRequire(import.meta.url).resolve("typescript/package.json"));
  const kernel = await startKernel({
    connectionFile,
    implementation: { name: "mmaplab", version },
    languageVersion,
    banner: `mmaplab ${version}: Linux memory mapping in TypeScript ${languageVersion} cells, on Node ${process.versions.node}`,
    helpLinks: HELP_LINKS,
    prelude: { module: "mmaplab", folder, names: PRELUDE_NAMES },
    crashReports: { module: fileURLToPath(new URL("../probe/last-words.js", import.meta.url)), explain: explainLastWords },
    ...(history ? { historyFolder: join(dataFolder(), "history") } : {}),
    ...(heap === undefined ? {} : { heapLimitMib: heap }),
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
    new Command("kernel")
      .description("run the Jupyter kernel (Jupyter starts this; the connection file says where it listens)")
      .argument("<connection-file>", "JSON file written by Jupyter")
      // Some front ends append arguments of their own, meant for Python's kernel (jupyter run, nbgrader).
      .allowExcessArguments()
      .option("--heap <MiB>", "what JavaScript objects of cells may take", positiveInteger)
      .option("--no-history", "keep the cells of this session in memory only, not in ~/.local/share/mmaplab/history")
      .action(runKernel)
  );
}
