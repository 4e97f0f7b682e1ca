/** The machine: kernel, processor, container, programs. */
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { dirname, join } from "node:path";
import { PAGE_SIZE } from "../../abi/index.js";
import { CHECKED_RELEASES, checkOf, parseRelease, profileNote } from "../../model/index.js";
import { Program, runProgram } from "../../probe/index.js";
import { info, no, partly, yes, type Finding } from "./finding.js";
import { readSetting } from "./read-setting.js";

/** `major.minor`, as a number that orders releases. */
function order(text: string): number {
  const { major, minor } = parseRelease(text);
  return major * 1000 + minor;
}

export function kernelRelease(): Finding {
  const here = release();
  if (process.platform !== "linux") return no(`this is ${process.platform}`, "run it on Linux; the model alone runs everywhere", here);
  const [oldest] = CHECKED_RELEASES;
  if (order(here) < order(oldest))
    return partly(`older than the oldest release the model knows, ${oldest}`, "use Linux 5.10 or newer", here);
  return yes("uname(2)", here);
}

export function modelRules(): Finding {
  const here = release();
  const { checked, below, above, unchecked } = checkOf(here);
  const { major, minor, stable } = parseRelease(here);
  const name = [major, minor, stable].join(".");
  const between = below !== null && above !== null && unchecked.length === 0;
  if (checked || between) return yes(profileNote(here), name);
  return partly(profileNote(here), "compare with lab.compare() or `npm run fuzz`; differences then are news", name);
}

export function architecture(): Finding {
  if (process.arch === "x64") return yes("system call numbers and machine code are there", "x86-64");
  return no(
    `there is no machine code for ${process.arch}`,
    'run it on x86-64 (an emulated container works), or use the model alone: import from "mmaplab/model"',
    process.arch,
  );
}

export function pageSize(): Finding {
  return yes("the binding and the model count in these pages", `${String(PAGE_SIZE)} bytes`);
}

/** Runs a program that loads from address 0: it has to come back with the signal. */
export function instrument(): Finding {
  const program = new Program();
  const [load, after] = [program.load(0n), program.syscall("gettid", [])];
  const run = runProgram(program);
  const signal = run.signal(load);
  if (signal?.signal === "SIGSEGV" && run.result(after) > 0n) return yes("a program ran, and its SIGSEGV was caught");
  return no(
    "a program ran, but the signal of a bad access was not caught",
    "look for another library that replaces the handler of SIGSEGV",
  );
}

export function processors(): Finding {
  const count = availableParallelism();
  return count > 1
    ? yes("sched_getaffinity(2)", String(count))
    : partly("a pager and the thread that faults take turns on one processor", "give it two processors", String(count));
}

export function timeStampCounter(): Finding {
  const flags = /^flags\s*:(.*)$/m.exec(readSetting("/proc/cpuinfo") ?? "")?.[1]?.split(" ") ?? [];
  const source = readSetting("/sys/devices/system/clocksource/clocksource0/current_clocksource") ?? "unknown";
  const wanted = ["constant_tsc", "nonstop_tsc"];
  const lacking = wanted.filter((flag) => !flags.includes(flag));
  if (lacking.length === 0) return yes(`the processor has ${wanted.join(" and ")}; the kernel's clock is ${source}`);
  return partly(
    `the processor does not say ${lacking.join(", ")}: times within an operation may be stretched`,
    "trust ratios rather than single times",
    source,
  );
}

export function surroundings(): Finding {
  const container = existsSync("/.dockerenv")
    ? "a Docker container"
    : existsSync("/run/.containerenv")
      ? "a Podman container"
      : /kubepods/.test(readSetting("/proc/1/cgroup") ?? "")
        ? "a Kubernetes pod"
        : (process.env["container"] ?? undefined);
  const virtual = /^flags\s*:.*\bhypervisor\b/m.test(readSetting("/proc/cpuinfo") ?? "");
  const vendor = readSetting("/sys/class/dmi/id/sys_vendor");
  const machine = virtual ? `a virtual machine${vendor === undefined || vendor === "" ? "" : ` (${vendor})`}` : "no virtual machine seen";
  return info(
    [container ?? "no container seen", machine].join(", "),
    "from /.dockerenv, /run/.containerenv, /proc/1/cgroup and /proc/cpuinfo",
  );
}

export function seccomp(): Finding {
  const mode = /^Seccomp:\s*(\d)/m.exec(readSetting("/proc/self/status") ?? "")?.[1];
  if (mode === "0") return yes("no system call is filtered", "off");
  if (mode === undefined) return info("unknown", "/proc/self/status does not say");
  return partly(
    "system calls are filtered: what this table shows as refused may be refused by the filter",
    "docker run --security-opt seccomp=unconfined, or a profile that allows the call",
    mode === "2" ? "filter" : "strict",
  );
}

const OLDEST_NODE = [20, 19] as const;

export function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return enough
    ? yes("20.19 or newer is needed", process.versions.node)
    : no("too old", `install Node ${OLDEST_NODE.join(".")} or newer`, process.versions.node);
}

/** The Python environment that is active, and the one that `npm start` makes in a folder above this file, wherever that was built to. */
function environments(): readonly string[] {
  const active = process.env["VIRTUAL_ENV"];
  const found = active === undefined || active === "" ? [] : [active];
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, ".venv");
    if (existsSync(join(candidate, "pyvenv.cfg"))) return [...found, candidate];
    if (folder === dirname(folder)) return found;
  }
}

function packageVersion(environment: string, name: string): string | undefined {
  try {
    for (const python of readdirSync(join(environment, "lib"))) {
      const found = readdirSync(join(environment, "lib", python, "site-packages"))
        .map((entry) => new RegExp(`^${name}-(.+)\\.dist-info$`).exec(entry)?.[1])
        .find((version) => version !== undefined);
      if (found !== undefined) return found;
    }
  } catch {
    return undefined; // no such environment
  }
  return undefined;
}

export function python(): Finding {
  for (const environment of environments()) {
    const version = /^version(?:_info)?\s*=\s*(\S+)/m.exec(readSetting(join(environment, "pyvenv.cfg")) ?? "")?.[1];
    if (version !== undefined) return yes(`of the environment ${environment}`, version);
  }
  return no(
    "there is no Python environment with JupyterLab beside mmaplab",
    "run `npm start`, which makes it; the command line works without",
  );
}

export function jupyterLab(): Finding {
  for (const environment of environments()) {
    const version = packageVersion(environment, "jupyterlab");
    if (version !== undefined) return yes(`in ${environment}`, version);
  }
  return no(
    "JupyterLab is not in the Python environment beside mmaplab, nor in the active one",
    "run `npm start`, which installs it; the command line works without",
  );
}
