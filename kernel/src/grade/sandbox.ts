/**
 * The place where a submission runs: bubblewrap (https://github.com/containers/bubblewrap) around a kernel. Inside there is the system's
 * /usr, the kernel's own files, and two small file systems in memory; no network, no other process, no home, no other submission, no
 * tests. Everything in there may be the student's: what comes out of it is a claim, never a fact.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package: dist, package.json and, in a project, the node_modules above it. */
const PACKAGE = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");
const KERNEL_MAIN = join(PACKAGE, "dist", "cli", "main.js");

/** The folder of the student's files inside. */
export const WORK_FOLDER = "/home/student";
/** Where the kernel's sockets are inside. */
const SOCKETS = "/run/k";

/** What a submission may use. */
export interface SandboxLimits {
  /** MiB of private memory in each process. */
  readonly memoryMib: number;
  /** Processes and threads together. A kernel has about 60. */
  readonly tasks: number;
  /** MiB of files, in each of the two file systems. */
  readonly filesMib: number;
}

export const LIMITS: SandboxLimits = { memoryMib: 1024, tasks: 200, filesMib: 64 };

/** Why no sandbox can be had; its message says what to do. */
export class SandboxMissing extends Error {
  override readonly name = "SandboxMissing";
}

/** The user that submissions run as where grading is done by root: nobody. */
const NOBODY = 65_534;

/** @throws SandboxMissing where bubblewrap or prlimit is absent or may not make namespaces */
export function requireSandbox(): void {
  const install = "install it (Debian and Ubuntu: apt-get install bubblewrap), or grade with nbgrader, which trusts the students";
  const { error, status, stderr } = spawnSync("bwrap", ["--unshare-all", "--unshare-user", "--ro-bind", "/", "/", "true"], {
    ...user(),
    encoding: "utf8",
  });
  if (error !== undefined) throw new SandboxMissing(`bubblewrap (bwrap) is not on the PATH: ${install}`);
  if (status !== 0)
    throw new SandboxMissing(
      `bubblewrap cannot make a sandbox here: ${stderr.trim()}. Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces>0; ` +
        "in a container, a seccomp profile that allows unshare(2)), or run where they are allowed",
    );
  if (spawnSync("prlimit", ["--version"]).error !== undefined)
    throw new SandboxMissing("prlimit is not on the PATH: install util-linux (Debian and Ubuntu: apt-get install util-linux)");
}

/** Root starts nothing of a student's as root. */
function user(): { readonly uid?: number; readonly gid?: number } {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

/** What is readable inside, besides the system: Node, and the kernel without its template of assignments. */
function readable(): string[] {
  const system = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives"];
  const node = dirname(dirname(process.execPath));
  const modules = [...parents(PACKAGE)].map((folder) => join(folder, "node_modules"));
  const paths = [...system, ...(node.startsWith("/usr") ? [] : [node]), ...modules, join(PACKAGE, "dist"), join(PACKAGE, "package.json")];
  return paths.filter((path) => existsSync(path));
}

/** The folder and all above it, without "/". */
function* parents(folder: string): Iterable<string> {
  for (let at = folder; at !== dirname(at); at = dirname(at)) yield at;
}

/** A running sandbox with a kernel in it. */
export class Sandbox {
  readonly #folder: string;
  readonly #child: ChildProcess;
  /** The process that is first inside, by its number outside. */
  readonly #first: Promise<number>;
  readonly #namespaces: Promise<string>;
  #log = "";

  /** The key of the kernel's messages. The student may read it. */
  readonly key = "grading";

  constructor(limits: SandboxLimits = LIMITS) {
    this.#folder = mkdtempSync(join(tmpdir(), "mmaplab-grade-"));
    const connection = join(this.#folder, "connection.json");
    const ports = { shell_port: 1, control_port: 2, stdin_port: 3, iopub_port: 4, hb_port: 5 };
    const channel = { transport: "ipc", ip: SOCKETS, key: this.key, signature_scheme: "hmac-sha256" };
    // Read through its descriptor: the folder itself is for its owner only.
    writeFileSync(connection, JSON.stringify({ ...channel, ...ports }));
    this.#child = spawn("bwrap", this.#arguments(limits), {
      ...user(),
      cwd: "/",
      env: { PATH: "/usr/bin:/bin" },
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
    });
    this.#child.on("error", () => undefined); // told by `first`
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (this.#log.length < 20_000) this.#log += text;
    });
    const input = this.#child.stdio[4];
    if (input !== null && input !== undefined && "end" in input) {
      input.on("error", () => undefined);
      input.end(readFileSync(connection));
    }
    this.#first = this.#firstProcess();
    this.#namespaces = this.#first.then((pid) => readlinkSync(`/proc/${String(pid)}/ns/pid`));
    this.#first.catch(() => undefined);
    this.#namespaces.catch(() => undefined);
  }

  /** Where the kernel listens, as seen from outside. @param channel 1 for shell, 2 for control */
  async endpoint(channel: 1 | 2): Promise<string> {
    return `ipc:///proc/${String(await this.#first)}/root${SOCKETS}-${String(channel)}`;
  }

  /** Whether anything still runs inside. */
  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What was written to stderr, for people. */
  get log(): string {
    return this.#log;
  }

  /** All processes inside, by their numbers outside and inside. Only those of this sandbox's namespace: nobody can name another. */
  async processes(): Promise<readonly { readonly pid: number; readonly inside: number }[]> {
    const namespace = await this.#namespaces;
    return readdirSync("/proc").flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        if (readlinkSync(`/proc/${name}/ns/pid`) !== namespace) return [];
        const numbers = /^NSpid:\s+(.+)$/m.exec(readFileSync(`/proc/${name}/status`, "latin1"))?.[1]?.split(/\s+/) ?? [];
        return [{ pid: Number(name), inside: Number(numbers.at(-1)) }];
      } catch {
        return []; // has ended, or is not ours
      }
    });
  }

  /** The folder of the student's files, as seen from outside. What lies there may be links: never follow them. */
  async workFolder(): Promise<string> {
    return `/proc/${String(await this.#first)}/root${WORK_FOLDER}`;
  }

  /** Sends a signal to every process inside but the first. */
  async signal(name: "SIGSTOP" | "SIGCONT"): Promise<void> {
    const first = await this.#first;
    for (const { pid } of await this.processes()) {
      if (pid === first) continue;
      try {
        process.kill(pid, name);
      } catch {
        // has ended
      }
    }
  }

  /** Ends everything inside. */
  async close(): Promise<void> {
    if (this.running) {
      const ended = new Promise((resolve) => this.#child.once("exit", resolve));
      // The end of the first process ends its namespace, whatever else is in it. bwrap waits for that: once it is gone, all are.
      await this.#first.then((pid) => process.kill(pid, "SIGKILL")).catch(() => this.#child.kill("SIGKILL"));
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #arguments(limits: SandboxLimits): string[] {
    const { memoryMib, filesMib } = limits;
    const size = String(filesMib << 20);
    const environment = {
      PATH: "/usr/bin:/bin",
      HOME: WORK_FOLDER,
      LANG: "C.UTF-8",
      MMAPLAB_MEMORY: String(memoryMib),
      MMAPLAB_HEAP: String(memoryMib >> 1),
    };
    const hidden = join(PACKAGE, "assignments");
    return [
      ...["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"],
      ...["--info-fd", "3", "--proc", "/proc", "--dev", "/dev"],
      ...["--size", size, "--tmpfs", "/tmp", "--size", size, "--tmpfs", WORK_FOLDER, "--size", "1048576", "--tmpfs", "/run"],
      ...readable().flatMap((path) => ["--ro-bind", path, path]),
      // An installed package has the template of the assignments in it, with solutions.
      ...(existsSync(hidden) ? ["--tmpfs", hidden] : []),
      ...["--ro-bind-data", "4", "/run/connection.json", "--chdir", WORK_FOLDER],
      ...Object.entries(environment).flatMap(([name, value]) => ["--setenv", name, value]),
      // Inside: processes are counted for each sandbox, so that one which takes all of its own takes none of another's.
      ...["prlimit", ...limitArguments(limits)],
      ...[process.execPath, KERNEL_MAIN, "kernel", "/run/connection.json", "--no-history"],
    ];
  }

  #firstProcess(): Promise<number> {
    return new Promise((resolve, reject) => {
      const info = this.#child.stdio[3];
      let text = "";
      this.#child.once("error", (error) => reject(new SandboxMissing(`bwrap could not be started: ${error.message}`)));
      this.#child.once("exit", () => reject(new Error(`the sandbox ended at its start: ${this.#log.trim()}`)));
      if (info === null || info === undefined || !("setEncoding" in info))
        return reject(new Error("the sandbox has no way to tell its process"));
      info.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        const pid = /"child-pid":\s*(\d+)/.exec(text)?.[1];
        if (pid !== undefined) resolve(Number(pid));
      });
    });
  }
}

/** What the kernel holds every process inside to. */
function limitArguments({ tasks, memoryMib, filesMib }: SandboxLimits): string[] {
  return [
    `--nproc=${String(tasks)}`,
    `--data=${String(memoryMib << 20)}`,
    `--fsize=${String(filesMib << 20)}`,
    "--core=0",
    "--nofile=512",
    "--memlock=8388608",
  ];
}
