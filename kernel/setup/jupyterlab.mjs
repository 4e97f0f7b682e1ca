/** Starts and stops a JupyterLab server of the project's .venv. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SetupFailure, Stopped } from "./failure.mjs";

const POLL_MS = 100;
/** A slow machine with a cold disk needs some tens of seconds. */
const START_LIMIT_MS = 120_000;
/** Jupyter gives each kernel five seconds to end. */
const STOP_LIMIT_MS = 15_000;

/**
 * @typedef {object} JupyterLabOptions
 * @property {string} python interpreter of the virtual environment
 * @property {string} rootDir the folder it serves
 * @property {string} ip address to listen on
 * @property {number} port
 * @property {string} token
 * @property {string} logFile
 * @property {string} [notebook] path of a notebook, relative to `rootDir`, that it opens in the user's browser
 * @property {readonly string[]} [args] further arguments
 * @property {NodeJS.ProcessEnv} [env]
 * @property {AbortSignal} [signal] gives up waiting for it
 */

/**
 * @typedef {object} JupyterLab
 * @property {number} pid
 * @property {string} baseUrl such as http://127.0.0.1:8888
 * @property {string} token
 * @property {Promise<void>} ended settles when the server has ended, for whatever reason
 * @property {() => Promise<void>} stop ends it and its kernels, and waits until it is gone
 */

/**
 * Starts JupyterLab and waits until it answers.
 * @param {JupyterLabOptions} options
 * @returns {Promise<JupyterLab>}
 * @throws {SetupFailure} when it ends at once or does not answer in time
 */
export async function startJupyterLab({ python, rootDir, ip, port, token, logFile, notebook, args = [], env = process.env, signal }) {
  const isRoot = process.getuid?.() === 0;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "w");
  const server = spawn(
    python,
    [
      "-m",
      "jupyterlab",
      ...(notebook === undefined ? ["--no-browser"] : [notebook]),
      ...(isRoot ? ["--allow-root"] : []),
      `--ServerApp.root_dir=${rootDir}`,
      `--ServerApp.ip=${ip}`,
      `--ServerApp.port=${port}`,
      "--ServerApp.port_retries=0",
      ...args,
    ],
    // The token goes by the environment: other users of the machine can read arguments. A session of its own keeps the
    // terminal's Ctrl-C away from it, which would make it ask a question.
    { cwd: rootDir, env: { ...env, JUPYTER_TOKEN: token }, stdio: ["ignore", log, log], detached: true },
  );
  closeSync(log);
  let hasEnded = false;
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    const settle = () => {
      hasEnded = true;
      resolve();
    };
    server.on("exit", settle);
    server.on("error", settle);
  });

  const stop = async () => {
    if (server.pid === undefined || hasEnded) return;
    server.kill("SIGTERM");
    await Promise.race([ended, sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
    if (!hasEnded) {
      process.kill(-server.pid, "SIGKILL");
      await ended;
    }
  };

  const host = ip === "0.0.0.0" || ip === "::" ? "127.0.0.1" : ip;
  const baseUrl = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    if (signal?.aborted) {
      await stop();
      throw new Stopped();
    }
    if (hasEnded) throw startFailure(`JupyterLab ended right after its start.`, logFile);
    if (await answers(`${baseUrl}/api/status`, token)) break;
    if (performance.now() > deadline) {
      await stop();
      throw startFailure(`JupyterLab did not answer within ${START_LIMIT_MS / 1000} s.`, logFile);
    }
    await sleep(POLL_MS);
  }
  return { pid: /** @type {number} */ (server.pid), baseUrl, token, ended, stop };
}

/**
 * @param {string} url
 * @param {string} token
 */
async function answers(url, token) {
  try {
    const response = await fetch(url, { headers: { Authorization: `token ${token}` } });
    await response.arrayBuffer();
    return response.status === 200;
  } catch (error) {
    // Refused or cut off: it does not listen yet.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/**
 * @param {string} happened
 * @param {string} logFile
 */
function startFailure(happened, logFile) {
  const lines = readFileSync(logFile, "utf8").trimEnd().split("\n");
  return new SetupFailure(happened, [
    "read its last words below; if .venv looks broken, delete it and run `npm start` again.",
    ...lines.slice(-12).map((line) => `  | ${line.slice(0, 200)}`),
    `Full log: ${logFile}`,
  ]);
}
