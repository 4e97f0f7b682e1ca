/**
 * The cell process: it holds the variables and runs the cells. It may die at any time, by a crash or by the supervisor;
 * so it keeps nothing that others need.
 *
 * Its descriptors: 0 is empty, 1 and 2 are pipes for what native code prints, 3 takes frames, 4 gives commands, 5 gives
 * answers to `prompt()`, 6 takes the report of a crash. Its argument is JSON of {@link CellProcessArguments}.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { CellCommand, CellProcessArguments } from "../frames.js";
import { OutputLimit } from "../output-limit.js";
import { CellRunner } from "./cell-runner.js";
import { CommandChannel } from "./command-channel.js";
import { CommDeliveries } from "./comm-deliveries.js";
import { Comms } from "./comms.js";
import { CurrentExecution } from "./current-execution.js";
import { reportError } from "./error-report.js";
import { Evaluator } from "./evaluator.js";
import { writeFrame } from "./frame-writer.js";
import { installGlobals } from "./globals.js";
import { ModuleLoader } from "./module-loader.js";
import { Output } from "./output.js";
import { LocalModules } from "./local-modules.js";
import { startCrashReports } from "./crash-reports.js";
import { loadPrelude } from "./prelude.js";
import { StackTraces } from "./stack-trace.js";
import { wakeAtSupervisorDeath } from "./supervisor-death.js";

/** Makes this the first process the kernel's OOM killer takes: better than the browser, the editor or the supervisor. */
function volunteerForOomKiller(): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
  } catch {
    // Not permitted in some sandboxes. It is a courtesy to the other processes; nothing here depends on it.
  }
}

/**
 * A process that crashes as part of a lesson should not write gigabytes of mappings to the disk: core(5). Where a core file is written
 * at all in spite of the supervisor's limit, there is no memory in it.
 */
function keepMemoryOutOfCoreFiles(): void {
  try {
    writeFileSync("/proc/self/coredump_filter", "0");
  } catch {
    // A kernel without core files.
  }
}

async function main(): Promise<void> {
  const settings = JSON.parse(process.argv[2] ?? "") as CellProcessArguments;
  volunteerForOomKiller();
  keepMemoryOutOfCoreFiles();

  const executions = new CurrentExecution();
  const output = new Output(executions, new OutputLimit(settings.streamLimit));
  const libraries = settings.prelude === null ? [] : [`${pathToFileURL(resolve(settings.prelude.folder)).href}/`];
  const traces = new StackTraces([new URL("./", import.meta.url).href, ...libraries]);
  const comms = new Comms(executions);
  const localModules = new LocalModules(traces);
  const loader = new ModuleLoader(settings, localModules);

  // Errors outside a cell's own flow (a timer's callback, a promise nobody awaits) are failures of the cell they came from.
  const reportStray = (error: unknown): void => output.stream("stderr", `${reportError(error).traceback.join("\n")}\n`);
  process.on("uncaughtException", reportStray);
  process.on("unhandledRejection", reportStray);
  // The second step of an interrupt: the signal itself ends a blocking system call, the handler keeps the process alive.
  process.on("SIGINT", () => undefined);

  output.install();
  executions.installTimers();
  installGlobals({ executions, output, comms, loader });
  const setRunning = (id: number): void => {
    channel.running = id;
  };
  const runner = new CellRunner({ executions, evaluator: new Evaluator(), traces, localModules, setRunning });
  const deliveries = new CommDeliveries({ executions, comms, output, setRunning, isCellRunning: () => runner.isRunning });
  let isReady = false;
  // Reports first: the prelude may handle some of the same signals, and is to come before them.
  const prelude = startCrashReports(settings.crashReporter ?? null, output)
    .then(() => loadPrelude(settings.prelude, loader, output))
    .then(wakeAtSupervisorDeath);

  const obey = (command: CellCommand): void => {
    deliveries.endUnwound();
    if (command.type === "terminate") runner.interrupt(command.id);
    else if (!isReady) {
      // The prelude may register comm targets, as it makes the names of cells.
      void prelude.then(() => (command.type === "comm" ? deliveries.deliver(command) : runner.run(command)));
    } else if (command.type === "comm") deliveries.deliver(command);
    else void runner.run(command);
  };
  const channel = new CommandChannel(obey);
  traces.install();
  await prelude;
  isReady = true;
  writeFrame({ type: "ready", pid: process.pid });
}

await main();
