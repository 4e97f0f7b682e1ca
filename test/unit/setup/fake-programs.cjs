/*
 * Stands in for npm and python3 in the tests of the set-up, under either name: does on disk what the set-up relies on, and
 * fails as the FAKE variable (JSON) says. Every call is noted in the file FAKE_CALLS.
 */
"use strict";
const { appendFileSync, mkdirSync, symlinkSync, writeFileSync, existsSync } = require("node:fs");
const { createServer } = require("node:http");
const { basename, dirname, join } = require("node:path");

const fake = JSON.parse(process.env.FAKE || "{}");
const name = basename(process.argv[1]);
const args = process.argv.slice(2);

/** Ends with the failure the test asks for under this name, if any. */
function failAsAsked(what) {
  const text = fake.failures && fake.failures[what];
  if (text === undefined) return;
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function note(what) {
  appendFileSync(process.env.FAKE_CALLS, `${what}\n`);
}

function make(...path) {
  mkdirSync(dirname(join(...path)), { recursive: true });
  writeFileSync(join(...path), "made\n");
}

function npm() {
  if (args[0] === "ci") {
    note("npm ci");
    failAsAsked("npm ci");
    if (fake.slowMs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fake.slowMs);
    mkdirSync("node_modules", { recursive: true });
    writeFileSync(join("node_modules", ".package-lock.json"), '{"packages":{}}');
  } else if (args.includes("mmaplab")) {
    note("build kernel");
    failAsAsked("build kernel");
    for (const file of ["cli/main.js", "model/index.js", "views/index.js"]) make("kernel", "dist", file);
  } else {
    note("build extension");
    make("extension", "labextension", "package.json");
  }
}

function python() {
  if (args.includes("-c")) {
    const answer = { version: fake.pythonVersion || [3, 11, 2], executable: process.argv[1], missing: fake.pythonMissing || [] };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  } else if (args[1] === "venv") {
    note("venv");
    failAsAsked("venv");
    const folder = args[2];
    mkdirSync(join(folder, "bin"), { recursive: true });
    symlinkSync(process.argv[1], join(folder, "bin", "python"));
    make(folder, "pyvenv.cfg");
  } else if (args[1] === "pip") {
    note("pip install");
    failAsAsked("pip install");
    make(dirname(process.argv[1]), "jupyter-lab");
  } else {
    serve();
  }
}

/** As much of JupyterLab as a start looks at. */
function serve() {
  failAsAsked("jupyterlab");
  note(`jupyterlab ${args.filter((arg) => !arg.startsWith("--ServerApp.root_dir")).join(" ")}`);
  const port = Number(args.find((arg) => arg.startsWith("--ServerApp.port=")).split("=")[1]);
  const server = createServer((request, response) => {
    const allowed = request.headers.authorization === `token ${process.env.JUPYTER_TOKEN}`;
    response.writeHead(allowed ? 200 : 403).end();
  });
  server.listen(port, "127.0.0.1");
  process.on("SIGTERM", () => {
    note("jupyterlab stopped");
    process.exit(0);
  });
}

if (!existsSync(process.env.FAKE_CALLS)) writeFileSync(process.env.FAKE_CALLS, "");
if (name === "npm") npm();
else python();
