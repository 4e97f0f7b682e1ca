/**
 * A real JupyterLab of the project's .venv for one test file: on a free port, with a copy of the notebooks and with
 * configuration, data and runtime folders of its own, so that nothing of the user's shows up and nothing is left behind.
 */
import { randomUUID } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startJupyterLab } from "../../kernel/setup/jupyterlab.mjs";
import { places } from "../../kernel/setup/places.mjs";
import { tryPort } from "../../kernel/setup/port.mjs";

const IP = "127.0.0.1";
/** Every process that comes from the server carries this in its environment. */
const MARK = "MMAPLAB_TEST_RUN";
/** How long kernels may take to notice that their server is gone. */
const LEAVE_MS = 5_000;

/** Settings that make a page predictable: every output is in the document, wherever it is scrolled to. */
const USER_SETTINGS = {
  "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": { windowingMode: "none" },
};

export interface TestLab {
  /** The folder it serves: a copy of `notebooks/`. */
  readonly rootDir: string;
  /** Address of a notebook, given by its path below `rootDir`; "" for JupyterLab with nothing open. */
  url(notebook: string): string;
  /** Ends the server. Throws when a process that came from it is still there. */
  stop(): Promise<void>;
}

export async function startTestLab(name: string): Promise<TestLab> {
  const here = places();
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-browser-"));
  const rootDir = join(folder, "notebooks");
  cpSync(join(here.root, "notebooks"), rootDir, { recursive: true });
  for (const [file, settings] of Object.entries(USER_SETTINGS)) {
    mkdirSync(join(folder, "settings", file, ".."), { recursive: true });
    writeFileSync(join(folder, "settings", file), JSON.stringify(settings));
  }
  const mark = randomUUID();
  const port = await tryPort(0, IP);
  if (port === null) throw new Error("no free port on 127.0.0.1");
  const server = await startJupyterLab({
    python: here.python,
    rootDir,
    ip: IP,
    port,
    token: randomUUID(),
    logFile: join(here.testResults, `${name}-jupyterlab.log`),
    args: [
      "--LabApp.expose_app_in_browser=True",
      `--LabApp.workspaces_dir=${join(folder, "workspaces")}`,
      `--LabApp.user_settings_dir=${join(folder, "settings")}`,
    ],
    env: {
      ...process.env,
      [MARK]: mark,
      JUPYTER_CONFIG_DIR: join(folder, "config"),
      JUPYTER_DATA_DIR: join(folder, "data"),
      JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
      IPYTHONDIR: join(folder, "ipython"),
      XDG_DATA_HOME: join(folder, "history"),
    },
  });
  return {
    rootDir,
    url: (notebook) => `${server.baseUrl}/lab${notebook === "" ? "" : `/tree/${notebook}`}?token=${server.token}`,
    stop: async () => {
      await server.stop();
      const left = await leftAfter(LEAVE_MS, mark);
      rmSync(folder, { recursive: true, force: true });
      for (const { pid } of left) process.kill(pid, "SIGKILL");
      if (left.length > 0) throw new Error(`left by JupyterLab: ${left.map(({ pid, command }) => `${pid} ${command}`).join("; ")}`);
    },
  };
}

interface LeftProcess {
  readonly pid: number;
  readonly command: string;
}

/** The processes that are still there after a while. */
async function leftAfter(limitMs: number, mark: string): Promise<LeftProcess[]> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const left = processesMarked(mark);
    if (left.length === 0 || performance.now() > deadline) return left;
    await sleep(100);
  }
}

function processesMarked(mark: string): LeftProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, "utf8").includes(`${MARK}=${mark}`)) return [];
        return [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() }];
      } catch {
        // Ended meanwhile, or not ours to read.
        return [];
      }
    });
}
