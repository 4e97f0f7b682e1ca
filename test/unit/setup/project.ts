/**
 * A copy of the project's set-up scripts in a temporary folder, with npm and python3 replaced, so that each failure of a
 * machine can be had at will and nothing is downloaded.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const PROJECT = fileURLToPath(new URL("../../../", import.meta.url));
const FAKE_PROGRAMS = fileURLToPath(new URL("fake-programs.cjs", import.meta.url));

/** What the machine lacks or does wrong. */
export interface Machine {
  /** Programs on PATH; npm and python3 unless told. */
  readonly programs?: readonly string[];
  readonly pythonVersion?: readonly [number, number, number];
  /** Modules that python3 lacks. */
  readonly pythonMissing?: readonly string[];
  /** What a program says when it fails, by what it is doing: "npm ci", "build kernel", "venv", "pip install", "jupyterlab". */
  readonly failures?: Readonly<Record<string, string>>;
  /** How long `npm ci` takes. */
  readonly slowMs?: number;
  /** JavaScript run before anything else, to change what Node says of the machine. */
  readonly preload?: string;
}

export interface Ended {
  readonly code: number | null;
  /** stdout and stderr as they came. */
  readonly output: string;
}

/** A running `npm start`. */
export interface Running {
  readonly process: ChildProcess;
  /** Resolves with the first match in the output so far or to come; rejects when the run ends without one. */
  until(pattern: RegExp): Promise<RegExpMatchArray>;
  readonly ended: Promise<Ended>;
}

export class FakeProject {
  readonly root: string;
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), "mmaplab-setup-"));
    onTestFinished(() => rmSync(this.#folder, { recursive: true, force: true }));
    this.root = join(this.#folder, "project");
    cpSync(join(PROJECT, "kernel", "setup"), join(this.root, "kernel", "setup"), { recursive: true });
    for (const file of ["package.json", "tsconfig.json", "kernel/package.json", "extension/package.json"]) this.write(file, "{}\n");
    this.write("package-lock.json", '{"packages":{}}\n');
    this.write("kernel/src/cli/main.ts", "// the kernel\n");
    this.write("kernel/src/model/index.ts", "// the model\n");
    this.write("extension/src/index.ts", "// the extension\n");
    this.write("notebooks/guided/01-first-mapping.ipynb", "{}\n");
  }

  /** Writes a file of the project. */
  write(path: string, content: string): void {
    mkdirSync(join(this.root, path, ".."), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  /** What npm, pip and the others were asked to do since the last call of this, in their order. */
  takeCalls(): string[] {
    const file = join(this.#folder, "calls");
    if (!existsSync(file)) return [];
    const calls = readFileSync(file, "utf8").split("\n").filter(Boolean);
    rmSync(file);
    return calls;
  }

  /** Starts `npm start` as npm would. */
  start(args: readonly string[], machine: Machine = {}): Running {
    const bin = mkdtempSync(join(this.#folder, "bin-"));
    writeFileSync(join(bin, ".fake"), `#!${process.execPath}\n${readFileSync(FAKE_PROGRAMS, "utf8")}`, { mode: 0o755 });
    for (const program of machine.programs ?? ["npm", "python3"]) {
      // Not a link: the programs know by their file name what they are.
      cpSync(join(bin, ".fake"), join(bin, program));
    }
    symlinkSync("/usr/bin/flock", join(bin, "flock"));
    const preload = join(this.#folder, "preload.cjs");
    writeFileSync(preload, machine.preload ?? "");
    const setup = join(this.root, "kernel", "setup");
    const child = spawn(
      process.execPath,
      ["--require", preload, "--require", join(setup, "node-version.cjs"), join(setup, "start.mjs"), "--no-browser", ...args],
      {
        cwd: this.root,
        env: { PATH: bin, HOME: this.#folder, FAKE: JSON.stringify(machine), FAKE_CALLS: join(this.#folder, "calls") },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    return follow(child);
  }

  /** Runs `npm start` until it ends by itself. */
  startToEnd(args: readonly string[], machine: Machine = {}): Promise<Ended> {
    return this.start(args, machine).ended;
  }

  /** Runs `npm start` until JupyterLab is served, stops it as Ctrl-C does, and returns everything it printed. */
  async startAndStop(machine: Machine = {}): Promise<Ended> {
    const running = this.start(["--port", String(await freePort())], machine);
    await running.until(/token=\w+/);
    running.process.kill("SIGINT");
    return running.ended;
  }
}

function follow(child: ChildProcess): Running {
  let output = "";
  const listeners = new Set<() => void>();
  const append = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on("data", append);
  child.stderr?.on("data", append);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
  onTestFinished(() => {
    child.kill("SIGTERM");
  });
  return {
    process: child,
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = output.match(pattern);
          if (!match) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`ended without ${pattern}:\n${output}`)), reject);
      }),
  };
}

/** A port that nothing listens on at the moment. */
export async function freePort(): Promise<number> {
  const { port, server } = await takenPort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A port that is listened on until the test ends. */
export async function takenPort(port = 0): Promise<{ port: number; server: Server }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, server };
}
