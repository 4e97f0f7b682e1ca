/** What `npm start` says on a machine that lacks something: what happened, and what to do. */
import { describe, expect, it } from "vitest";
import { FakeProject, freePort, takenPort, type Machine } from "./project.js";

const setNodeVersion = (version: string): string =>
  `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`;
const set = (property: string, value: string): string => `Object.defineProperty(process, "${property}", { value: "${value}" });`;
const withoutGlibc = `process.report.getReport = () => ({ header: {} });`;

const NPM_OFFLINE = "npm error code ENOTFOUND\nnpm error network request to the registry failed, reason: getaddrinfo ENOTFOUND";
const PIP_OFFLINE =
  "WARNING: Retrying after connection broken by 'NewConnectionError: Failed to establish a new connection: [Errno -2] Name or service not known'\n" +
  "ERROR: Could not find a version that satisfies the requirement jupyterlab==4.6.6 (from versions: none)";

interface Case {
  readonly what: string;
  readonly machine: Machine;
  readonly says: readonly RegExp[];
}

const CASES: readonly Case[] = [
  {
    what: "a Node that is too old is refused with the version needed",
    machine: { preload: setNodeVersion("18.20.4") },
    says: [/Node 18\.20\.4 is too old; mmaplab needs Node 20\.19\.0 or newer/, /What to do: install the current LTS/],
  },
  {
    what: "Node 20.18 is too old, although its major version is right",
    machine: { preload: setNodeVersion("20.18.3") },
    says: [/Node 20\.18\.3 is too old/],
  },
  {
    what: "macOS is pointed to a container or virtual machine",
    machine: { preload: set("platform", "darwin") },
    says: [/this is macOS/, /Linux container/],
  },
  { what: "Windows is pointed to WSL2", machine: { preload: set("platform", "win32") }, says: [/this is Windows/, /wsl --install/] },
  {
    what: "another processor is refused by name",
    machine: { preload: set("arch", "riscv64") },
    says: [/This is a riscv64 machine/, /use an x86-64/],
  },
  {
    what: "a system with musl is refused",
    machine: { preload: withoutGlibc },
    says: [/no glibc \(Alpine uses musl\)/, /Debian or Ubuntu/],
  },
  {
    what: "no python3 on PATH names the packages to install",
    machine: { programs: ["npm"] },
    says: [/no python3 on this machine's PATH/, /apt-get install python3 python3-venv/],
  },
  {
    what: "a Python that is too old is named with its version",
    machine: { pythonVersion: [3, 8, 10] },
    says: [/Python 3\.10 or newer is needed/, /is Python 3\.8\.10/, /MMAPLAB_PYTHON/],
  },
  {
    what: "a python3 without ensurepip names Debian's package for just that Python",
    machine: { pythonMissing: ["ensurepip"], pythonVersion: [3, 12, 1] },
    says: [/Python 3\.12\.1\) cannot make virtual environments/, /apt-get install python3\.12-venv/, /python3-venv/],
  },
  {
    what: "no npm names the package to install",
    machine: { programs: ["python3"] },
    says: [/no npm on this machine's PATH/, /apt-get install npm/],
  },
  {
    what: "npm without a network says so, and how to name a proxy or mirror",
    machine: { failures: { "npm ci": NPM_OFFLINE } },
    says: [
      /npm could not reach its package index/,
      /check the network/,
      /npm config set proxy/,
      /npm config set registry/,
      /Full log: .*setup\.log/,
    ],
  },
  {
    what: "pip without a network says so, and how to name a proxy or mirror",
    machine: { failures: { "pip install": PIP_OFFLINE } },
    says: [/pip could not reach its package index/, /pip config set global\.proxy/, /pip config set global\.index-url/],
  },
  {
    what: "a certificate that is not trusted is told apart from no network",
    machine: { failures: { "npm ci": "npm error code SELF_SIGNED_CERT_IN_CHAIN" } },
    says: [/certificate that is not trusted/, /npm config set cafile/],
  },
  {
    what: "a full disk is named",
    machine: { failures: { "pip install": "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device" } },
    says: [/The disk became full while installing JupyterLab/, /free some space/, /1\.5 GB/],
  },
  {
    what: "a build that fails shows the compiler's first words",
    machine: { failures: { "build kernel": "src/cli/main.ts(1,1): error TS1005: ';' expected." } },
    says: [/failed with exit code 1 while building the kernel/, /error TS1005/, /Full log/],
  },
  {
    what: "a JupyterLab that ends at once shows its last words",
    machine: { failures: { jupyterlab: "ModuleNotFoundError: No module named 'jupyterlab'" } },
    says: [/JupyterLab ended right after its start/, /No module named 'jupyterlab'/, /delete it and run `npm start` again/],
  },
];

describe("npm start on a machine that lacks something", { timeout: 30_000 }, () => {
  for (const { what, machine, says } of CASES) {
    it(what, async () => {
      const { code, output } = await new FakeProject().startToEnd(["--port", String(await freePort())], machine);
      for (const pattern of says) expect(output).toMatch(pattern);
      expect(output, "a stack trace is of no use to the user").not.toMatch(/^\s+at .*:\d+:\d+/m);
      expect(code).toBe(1);
    });
  }

  it("refuses before anything is installed when Python is missing", async () => {
    const project = new FakeProject();
    await project.startToEnd([], { pythonMissing: ["ensurepip"] });
    expect(project.takeCalls()).toEqual([]);
  });

  it("refuses a port that is taken before it sets anything up, and suggests --port", async () => {
    const project = new FakeProject();
    const { port } = await takenPort();
    const { code, output } = await project.startToEnd(["--port", String(port)]);
    expect(output).toMatch(new RegExp(`Port ${port} is taken`));
    expect(output).toMatch(/npm start -- --port/);
    expect(code).toBe(1);
    expect(project.takeCalls()).toEqual([]);
  });

  it.each([
    [["--port", "no"], /--port takes a number from 1 to 65535, not "no"/],
    [["--port", "70000"], /--port takes a number/],
    [["--ip", "localhost"], /--ip takes an IP address/],
    [["--prot", "1"], /--prot/],
  ])("refuses the options %j", async (args, says) => {
    const { code, output } = await new FakeProject().startToEnd(args);
    expect(output).toMatch(says);
    expect(output).toMatch(/npm start -- --help/);
    expect(code).toBe(1);
  });

  it("prints its options with --help and does nothing else", async () => {
    const project = new FakeProject();
    const { code, output } = await project.startToEnd(["--help"]);
    for (const option of ["--port", "--no-browser", "--help"]) expect(output).toContain(option);
    expect(code).toBe(0);
    expect(project.takeCalls()).toEqual([]);
  });
});
