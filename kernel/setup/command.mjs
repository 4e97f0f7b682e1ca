/**
 * Runs other programs for the set-up: output goes to a log, Ctrl-C ends them, a failure carries what they said.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Stopped } from "./failure.mjs";

/** How much of a command's output is kept for its failure. */
const KEPT_CHARACTERS = 64 * 1024;

/** A command that could not be started, exited with a code other than 0, or was ended by a signal. */
export class CommandFailure extends Error {
  /**
   * @param {string} shown the command as a person would type it
   * @param {number | null} code its exit code; 127 when it could not be started, null when a signal ended it
   * @param {NodeJS.Signals | null} signal
   * @param {string} output the end of what it printed
   */
  constructor(shown, code, signal, output) {
    super(`${shown}: exit code ${code}, signal ${signal}\n${output}`);
    this.name = "CommandFailure";
    this.shown = shown;
    this.code = code;
    this.signal = signal;
    this.output = output;
  }
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] the whole environment; that of this process unless given
 * @property {import("./log.mjs").Log} [log] where the output is written too
 * @property {AbortSignal} [signal] ends the command and all it started
 */

/**
 * Runs a command to its end.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} its output, stdout and stderr mixed as they came (the last 64 Ki characters)
 * @throws {CommandFailure} when it fails; {@link Stopped} when `signal` ended it
 */
export function run(file, args, { cwd, env = process.env, log, signal } = {}) {
  const shown = [file.slice(file.lastIndexOf("/") + 1), ...args].join(" ");
  if (signal?.aborted) return Promise.reject(new Stopped());
  return new Promise((resolve, reject) => {
    log?.write(`\n$ ${[file, ...args].join(" ")}\n`);
    // A process group of its own, so that Ctrl-C reaches it once, through us, and its children go with it.
    const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    /** @param {Buffer} chunk */
    const keep = (chunk) => {
      log?.write(chunk);
      output = (output + chunk.toString()).slice(-KEPT_CHARACTERS);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const stop = () => endGroup(child.pid);
    signal?.addEventListener("abort", stop);
    child.on("error", (error) => {
      signal?.removeEventListener("abort", stop);
      log?.write(`${error.message}\n`);
      reject(new CommandFailure(shown, 127, null, error.message));
    });
    child.on("close", (code, killedBy) => {
      signal?.removeEventListener("abort", stop);
      if (signal?.aborted) reject(new Stopped());
      else if (code === 0) resolve(output);
      else reject(new CommandFailure(shown, code, killedBy, output));
    });
  });
}

/**
 * Sends SIGTERM to a process group; one that is gone already is fine.
 * @param {number | undefined} leader
 */
function endGroup(leader) {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGTERM");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/**
 * Looks a program up as a shell would.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | null} its path, or null when PATH does not lead to it
 */
export function findProgram(name, env = process.env) {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    if (folder !== "" && isExecutable(join(folder, name))) return join(folder, name);
  }
  return null;
}

/**
 * @param {string} path
 * @returns {boolean} whether it is a file that may be executed
 */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Absent or not allowed: both mean that it cannot be run.
    return false;
  }
}
