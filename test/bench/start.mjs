/**
 * How long a user waits: for the first `npm start` on a machine with empty caches, for every later one, and for Run All
 * of the first notebook.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../kernel/setup/command.mjs";
import { startJupyterLab } from "../../kernel/setup/jupyterlab.mjs";
import { places } from "../../kernel/setup/places.mjs";
import { tryPort } from "../../kernel/setup/port.mjs";
import { createProgress } from "../../kernel/setup/progress.mjs";
import { runSteps } from "../../kernel/setup/step.mjs";
import { setupSteps } from "../../kernel/setup/steps/index.mjs";
import { benchRecord, median } from "./record.mjs";

const IP = "127.0.0.1";
/** Times each of two things is done, taking turns. */
const ROUNDS = 3;
/** What a fresh clone does not have. */
const MADE = ["node_modules", ".venv", ".mmaplab", ".git", "dist", "labextension", "lib", "results"];

/**
 * @param {(line: string) => void} report tells what is being measured
 * @returns {AsyncGenerator<import("./record.mjs").BenchRecord>}
 */
export async function* benchStart(report) {
  const here = places();
  await runSteps(setupSteps(here), { places: here, progress: createProgress(process.stderr) });

  report("start: set-up of a fresh clone with empty caches ...");
  yield benchRecord({ bench: "start", name: "cold set-up to the served page", unit: "s", value: await coldStart(here.root) });

  report("start: warm starts beside plain JupyterLab, taking turns ...");
  /** @type {{ ours: number[], plain: number[] }} */
  const warm = { ours: [], plain: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    warm.ours.push(await npmStart(here.root, process.env));
    warm.plain.push(await plainJupyterLab(here));
  }
  yield benchRecord({
    bench: "start",
    name: "warm start to the served page",
    unit: "s",
    value: median(warm.ours),
    peer: "plain jupyter lab of the same .venv",
    peerValue: median(warm.plain),
  });

  report("start: Run All of the first notebook by nbclient ...");
  const runs = [];
  for (let round = 0; round < ROUNDS; round += 1) runs.push(await runAll(here));
  yield benchRecord({ bench: "start", name: "Run All of 01-first-mapping.ipynb, kernel start included", unit: "s", value: median(runs) });
}

/**
 * Seconds from `npm start` in a copy without anything made, with caches of its own, to the served page.
 * @param {string} root
 */
async function coldStart(root) {
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-cold-"));
  try {
    const clone = join(folder, "mmaplab");
    cpSync(root, clone, { recursive: true, filter: (path) => !MADE.includes(path.slice(path.lastIndexOf("/") + 1)) });
    return await npmStart(clone, { ...process.env, npm_config_cache: join(folder, "npm"), PIP_CACHE_DIR: join(folder, "pip") });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Seconds from the start of `npm start` to its address answering; then it is stopped.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
async function npmStart(root, env) {
  const port = await freePort();
  const script = ["--require", "./kernel/setup/node-version.cjs", "kernel/setup/start.mjs", "--no-browser", "--port", String(port)];
  const began = performance.now();
  const child = spawn(process.execPath, script, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => child.on("close", () => resolve()));
  /** @type {Promise<string>} */
  const address = new Promise((resolve, reject) => {
    const read = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
      const match = /http:\S+token=\w+/.exec(output);
      if (match) resolve(match[0]);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then(() => reject(new Error(`npm start ended:\n${output}`)));
  });
  await fetchPage(await address);
  const seconds = (performance.now() - began) / 1000;
  child.kill("SIGINT");
  await ended;
  return seconds;
}

/** @param {import("../../kernel/setup/places.mjs").Places} here */
async function plainJupyterLab(here) {
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-plain-"));
  try {
    const began = performance.now();
    const server = await startJupyterLab({
      python: here.python,
      rootDir: here.root,
      ip: IP,
      port: await freePort(),
      token: "bench",
      logFile: join(folder, "log"),
    });
    await fetchPage(`${server.baseUrl}/lab/tree/${here.firstNotebook}?token=bench`);
    const seconds = (performance.now() - began) / 1000;
    await server.stop();
    return seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Seconds to run all cells of the first notebook.
 * @param {import("../../kernel/setup/places.mjs").Places} here
 */
async function runAll(here) {
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-run-"));
  try {
    const script =
      "import sys, time, nbformat; from nbclient import NotebookClient; nb = nbformat.read(sys.argv[1], 4); " +
      "t = time.monotonic(); NotebookClient(nb, timeout=300, kernel_name='mmaplab').execute(cwd=sys.argv[2]); print(time.monotonic() - t)";
    const env = { ...process.env, XDG_DATA_HOME: join(folder, "history") };
    const output = await run(here.python, ["-c", script, join(here.root, here.firstNotebook), folder], { env });
    const seconds = Number(output.trim().split("\n").at(-1));
    if (!(seconds > 0)) throw new Error(`no time in:\n${output}`);
    return seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} url */
async function fetchPage(url) {
  const response = await fetch(url);
  const page = await response.text();
  if (response.status !== 200 || !page.includes("jupyter-config-data")) throw new Error(`${url} answered ${response.status}`);
}

async function freePort() {
  const port = await tryPort(0, IP);
  if (port === null) throw new Error("no free port on 127.0.0.1");
  return port;
}
