/** Which work a start does: all of it once, then only what changed. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { FakeProject, freePort, takenPort } from "./project.js";

const isServer = (call: string): boolean => call.startsWith("jupyterlab");

async function setUp(project: FakeProject): Promise<void> {
  await project.startAndStop();
  project.takeCalls();
}

/** What a start did besides serving. */
async function workOfStart(project: FakeProject): Promise<string[]> {
  const { output } = await project.startAndStop();
  const work = project.takeCalls().filter((call) => !isServer(call));
  if (work.length === 0) expect(output).toContain("Everything is set up");
  return work.sort();
}

describe("the set-up", { timeout: 30_000 }, () => {
  it("does every step the first time and serves the first notebook", async () => {
    const project = new FakeProject();
    const { code, output } = await project.startAndStop();
    const calls = project.takeCalls();
    expect(calls.filter((call) => !isServer(call)).sort()).toEqual(["build extension", "build kernel", "npm ci", "pip install", "venv"]);
    expect(output).toMatch(/http:\/\/127\.0\.0\.1:\d+\/lab\/tree\/notebooks\/guided\/01-first-mapping\.ipynb\?token=\w{48}/);
    expect(calls.at(-1)).toBe("jupyterlab stopped");
    expect(code).toBe(0);
  });

  it("installs a kernelspec with absolute paths that Jupyter interrupts by message", async () => {
    const project = new FakeProject();
    await setUp(project);
    const kernel: unknown = JSON.parse(project.read(".venv/share/jupyter/kernels/mmaplab/kernel.json"));
    expect(kernel).toMatchObject({
      argv: [process.execPath, `${project.root}/kernel/dist/cli/main.js`, "kernel", "{connection_file}"],
      display_name: "TypeScript (mmaplab)",
      language: "typescript",
      interrupt_mode: "message",
    });
  });

  it("does nothing the second time", async () => {
    const project = new FakeProject();
    await setUp(project);
    expect(await workOfStart(project)).toEqual([]);
  });

  const REPAIRS: readonly [what: string, change: (project: FakeProject) => void, work: readonly string[]][] = [
    ["a deleted .venv", (project) => project.remove(".venv"), ["pip install", "venv"]],
    ["a deleted node_modules", (project) => project.remove("node_modules"), ["npm ci"]],
    ["a deleted kernel/dist", (project) => project.remove("kernel/dist"), ["build kernel"]],
    ["a deleted extension/labextension", (project) => project.remove("extension/labextension"), ["build extension"]],
    [
      "a changed lock file",
      (project) => project.write("package-lock.json", '{"packages":{"node_modules/a":{"version":"1"}}}'),
      ["build extension", "build kernel", "npm ci"],
    ],
    [
      "changed Python pins",
      (project) => project.write("kernel/setup/requirements/jupyterlab.txt", "jupyterlab==4.6.7\n"),
      ["pip install", "venv"],
    ],
    [
      "a changed source of the kernel that the extension does not use",
      (project) => project.write("kernel/src/cli/main.ts", "// new\n"),
      ["build kernel"],
    ],
    [
      "a changed source of the model",
      (project) => project.write("kernel/src/model/index.ts", "// new\n"),
      ["build extension", "build kernel"],
    ],
    ["a changed source of the extension", (project) => project.write("extension/src/index.ts", "// new\n"), ["build extension"]],
    ["a deleted kernelspec", (project) => project.remove(".venv/share/jupyter/kernels"), []],
  ];

  it.each(REPAIRS)("repairs %s and nothing else", async (_what, change, work) => {
    const project = new FakeProject();
    await setUp(project);
    change(project);
    const { code } = await project.startAndStop();
    expect(code).toBe(0);
    expect(
      project
        .takeCalls()
        .filter((call) => !isServer(call))
        .sort(),
    ).toEqual(work);
    expect(project.has(".venv/share/jupyter/kernels/mmaplab/kernel.json")).toBe(true);
    expect(project.has(".venv/share/jupyter/labextensions/mmaplab-jupyterlab/package.json")).toBe(true);
    expect(await workOfStart(project)).toEqual([]);
  });

  it("makes a half-made .venv anew", async () => {
    const project = new FakeProject();
    await project.startToEnd(["--port", String(await freePort())], { failures: { "pip install": "ERROR: broken" } });
    expect(project.has(".venv/bin/python")).toBe(true);
    project.takeCalls();
    expect(await workOfStart(project)).toEqual(expect.arrayContaining(["venv", "pip install"]));
  });

  it("keeps what is done when a later step fails", async () => {
    const project = new FakeProject();
    await project.startToEnd(["--port", String(await freePort())], { failures: { "build kernel": "error" } });
    project.takeCalls();
    expect(await workOfStart(project)).not.toContain("npm ci");
  });

  it("lets a second start at the same time wait, and does the work once", async () => {
    const project = new FakeProject();
    const machine = { slowMs: 1500 };
    const first = project.start(["--port", String(await freePort())], machine);
    await first.until(/npm packages/);
    const second = project.start(["--port", String(await freePort())], machine);
    await second.until(/Another set-up is at work in this folder \(process \d+\)/);
    await Promise.all([first.until(/token=/), second.until(/token=/)]);
    first.process.kill("SIGINT");
    second.process.kill("SIGINT");
    await Promise.all([first.ended, second.ended]);
    expect(project.takeCalls().filter((call) => call === "npm ci")).toHaveLength(1);
  });

  it("goes on after a set-up that was killed", async () => {
    const project = new FakeProject();
    const killed = project.start(["--port", String(await freePort())], { slowMs: 1000 });
    await killed.until(/npm packages/);
    killed.process.kill("SIGKILL");
    await killed.ended;
    await sleep(1100);
    project.takeCalls();
    expect(await workOfStart(project)).toContain("npm ci");
    expect(await workOfStart(project)).toEqual([]);
  });

  it("stops at Ctrl-C in the middle and says how to go on", async () => {
    const project = new FakeProject();
    const running = project.start(["--port", String(await freePort())], { slowMs: 60_000 });
    await running.until(/npm packages/);
    await sleep(200);
    running.process.kill("SIGINT");
    const { code, output } = await running.ended;
    expect(output).toMatch(/Stopped\. Run the same command again to go on/);
    expect(code).toBe(130);
  });
});

describe("the port", { timeout: 30_000 }, () => {
  it("is the next free one when the default is taken and none was asked for", async () => {
    const project = new FakeProject();
    // Taken by us, or already by another program: either way it is not free.
    await takenPort(8888).catch(() => undefined);
    const running = project.start([]);
    const [, port] = await running.until(/127\.0\.0\.1:(\d+)\/lab/);
    running.process.kill("SIGINT");
    await running.ended;
    expect(Number(port)).toBeGreaterThan(8888);
  });
});
