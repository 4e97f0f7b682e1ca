#!/usr/bin/env node
/**
 * The `mmaplab` command. Each subcommand is a file of this folder that makes its `Command`; only the one that is asked for is loaded.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { entryOf } from "../runtime/bundle-record.js";

const SUBCOMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  kernel: async () => {
    const { kernelCommand } = (await import(pathToFileURL(entryOf("cli/kernel.js")).href)) as typeof import("./kernel.js");
    return kernelCommand();
  },
  course: async () => (await import("./course.js")).courseCommand(),
  conform: async () => (await import("./conform.js")).conformCommand(),
  doctor: async () => (await import("./doctor.js")).doctorCommand(),
  fuzz: async () => (await import("./fuzz.js")).fuzzCommand(),
  replay: async () => (await import("./replay.js")).replayCommand(),
  grade: async () => (await import("./grade.js")).gradeCommand(),
  reproduce: async () => (await import("./reproduce.js")).reproduceCommand(),
  zoo: async () => (await import("./zoo.js")).zooCommand(),
};

const [, , name = ""] = process.argv;
// Not imported: see kernel.ts.
const commander = createRequire(import.meta.url)("commander") as typeof import("commander");
const program = new commander.Command("mmaplab").description("Linux memory mapping in a notebook");

try {
  const asked = Object.entries(SUBCOMMANDS).filter(([subcommand]) => subcommand === name);
  for (const [, load] of asked.length > 0 ? asked : Object.entries(SUBCOMMANDS)) program.addCommand(await load());
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`mmaplab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
