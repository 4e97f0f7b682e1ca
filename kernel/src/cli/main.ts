#!/usr/bin/env node
/**
 * The `mmaplab` command. Each subcommand is a file of this folder that makes its `Command`.
 */
import { Command } from "commander";
import { conformCommand } from "./conform.js";
import { fuzzCommand } from "./fuzz.js";
import { kernelCommand } from "./kernel.js";

const program = new Command("mmaplab")
  .description("Linux memory mapping in a notebook")
  .addCommand(kernelCommand())
  .addCommand(conformCommand())
  .addCommand(fuzzCommand());

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`mmaplab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
