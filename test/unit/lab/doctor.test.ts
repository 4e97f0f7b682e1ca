/** The doctor's answers, held against other ways to learn the same. What it says of refusals is in doctor-refused.test.ts. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { doctorCommand } from "../../../kernel/src/cli/doctor.js";
import { doctor, QUESTIONS, type Capability, type DiagnosisLine, type Finding } from "../../../kernel/src/lab/doctor/index.js";
import { featureStates } from "../../../kernel/src/lab/doctor/features.js";
import { checkOf, profileNote } from "../../../kernel/src/model/index.js";
import { VIEW_MIME_TYPE, validateBundle } from "../../../kernel/src/views/index.js";

const diagnosis = doctor();

function line(id: Capability): DiagnosisLine {
  const found = diagnosis.findings.find((finding) => finding.id === id);
  if (found === undefined) throw new Error(`the diagnosis has no ${id}`);
  return found;
}

function output(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: "utf8" }).trim();
}

function setting(path: string): string {
  return readFileSync(path, "latin1").trim();
}

function statusOf(field: string): string {
  return new RegExp(`^${field}:\\s*(\\S+)`, "m").exec(setting("/proc/self/status"))?.[1] ?? "";
}

describe("every answer", () => {
  it.each(diagnosis.findings.map((finding) => [finding.id, finding] as const))(
    "about %s is complete",
    (_id, { allowed, name, why, how, value }) => {
      expect(["yes", "partly", "no", "info"]).toContain(allowed);
      expect(name).not.toBe("");
      expect(why).not.toMatch(/^$|undefined|\[object/);
      // What is missing comes with what would help; what is not, without.
      expect(how !== undefined && how !== "").toBe(allowed === "partly" || allowed === "no");
      if (allowed === "info") expect(value).toBeDefined();
    },
  );

  it("is there once for each question, in their order", () => {
    expect(diagnosis.findings.map(({ id }) => id)).toEqual(Object.keys(QUESTIONS));
  });
});

describe("the answers agree with other sources", () => {
  it("on kernel, processor and page size", () => {
    expect(line("linux").value).toBe(output("uname", "-r"));
    expect(line("pageSize").value).toBe(`${output("getconf", "PAGESIZE")} bytes`);
    expect(line("processors").value).toBe(output("nproc"));
    expect(line("node").value).toBe(process.version.slice(1));
  });

  it("on capabilities", () => {
    const bits = BigInt(`0x${statusOf("CapEff")}`);
    const held = (bit: bigint): string => (((bits >> bit) & 1n) === 1n ? "yes" : "no");
    expect([
      line("CAP_IPC_LOCK").allowed,
      line("CAP_SYS_PTRACE").allowed,
      line("CAP_SYS_ADMIN").allowed,
      line("CAP_DAC_OVERRIDE").allowed,
    ]).toEqual([held(14n), held(19n), held(21n), held(1n)]);
    expect(line("user").value).toBe(process.geteuid?.() === 0 ? "root" : `uid ${String(process.geteuid?.())}`);
  });

  it("on settings of memory", () => {
    expect(line("overcommit").value).toBe(`mode ${setting("/proc/sys/vm/overcommit_memory")}`);
    expect(line("mapLimit").value).toBe(setting("/proc/sys/vm/max_map_count"));
    const swaps = setting("/proc/swaps").split("\n").slice(1);
    expect(line("swap").allowed).toBe(swaps.length > 0 ? "yes" : "no");
    const total = swaps.reduce((sum, swap) => sum + Number(swap.split(/\s+/)[2]), 0);
    if (swaps.length > 0) expect(line("swap").value).toBe(`${String(Math.round(total / 1024))} MiB`);
    const limit = /^Max locked memory\s+(\S+)/m.exec(setting("/proc/self/limits"))?.[1] ?? "";
    const inWords = Number(limit) % 1024 === 0 ? `${String(Number(limit) / 1024)} KiB` : `${limit} bytes`;
    expect(line("lockedMemory").value).toBe(limit === "unlimited" ? limit : inWords);
  });

  it("on file systems", () => {
    const names = new Map([
      ["ext2/ext3", "ext4"],
      ["overlay", "overlayfs"],
    ]);
    const kind = output("stat", "-f", "-c", "%T", tmpdir());
    expect(line("scratchDirectory").value).toBe(names.get(kind) ?? kind);
    expect(line("scratchDirectory").why).toContain(tmpdir());
  });

  it("on seccomp", () => {
    expect(line("seccomp").value).toBe({ 0: "off", 1: "strict", 2: "filter" }[statusOf("Seccomp")]);
  });

  it("on the model's rules, in the model's own words", () => {
    const { checked, below, above, unchecked } = checkOf(release());
    const held = checked || (below !== null && above !== null && unchecked.length === 0);
    expect(line("modelRules")).toMatchObject({ allowed: held ? "yes" : "partly", why: profileNote(release()) });
  });
});

it("leaves no file, descriptor or process behind", () => {
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-test-"));
  const facts = (): unknown => ({
    descriptors: readdirSync("/proc/self/fd").length,
    children: setting(`/proc/self/task/${String(process.pid)}/children`),
    files: readdirSync(folder),
  });
  vi.stubEnv("TMPDIR", folder);
  try {
    const before = facts();
    expect(doctor.allows("scratchDirectory").why).toContain(folder);
    doctor();
    expect(facts()).toEqual(before);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  }
});

describe("doctor.allows", () => {
  it("says whether, why and how", () => {
    expect(doctor.allows("probe")).toEqual({ ok: true, why: "a program ran, and its SIGSEGV was caught", how: "" });
  });

  it.each(Object.keys(QUESTIONS) as Capability[])("agrees with the table on %s", (id) => {
    expect(doctor.allows(id).ok).toBe(line(id).allowed !== "no");
  });

  it.each(["perf", "", "constructor", null, 3])("refuses %s and names what there is", (name) => {
    expect(() => Reflect.apply(doctor.allows, undefined, [name])).toThrow(/is none of linux, architecture, probe,/);
  });
});

describe("parts of the lab", () => {
  const all = (allowed: Finding["allowed"]): Record<Capability, Finding> => {
    const entries = Object.keys(QUESTIONS).map((id) => [id, { allowed, why: `${id} is ${allowed}`, how: `get ${id}` }] as const);
    return Object.fromEntries(entries) as Record<Capability, Finding>;
  };
  const runs = (findings: Record<Capability, Finding>): Record<string, string> =>
    Object.fromEntries(featureStates(findings).map(({ name, runs: how }) => [name, how]));

  it("run fully where everything is there, and not at all where nothing is", () => {
    expect(new Set(Object.values(runs(all("yes"))))).toEqual(new Set(["fully"]));
    expect(new Set(Object.values(runs(all("no"))))).toEqual(new Set(["not"]));
  });

  it("lack what they need, and nothing else does", () => {
    const findings = { ...all("yes"), userfaultfd: { allowed: "no", why: "refused", how: "allow it" } as const };
    const states = featureStates(findings).filter((state) => state.runs !== "fully");
    expect(states).toEqual(
      ["fault trace by userfaultfd", "write your own pager", "tracking of written pages"].map((name) => ({
        name,
        runs: "not",
        why: "refused",
        how: "allow it",
      })),
    );
  });

  it("run partly where they are only better with it, and say what is lost", () => {
    const findings = { ...all("yes"), diskStatistics: { allowed: "no", why: "refused", how: "mount /proc" } as const };
    expect(featureStates(findings).filter((state) => state.runs !== "fully")).toEqual([
      { name: "msync, and what it costs", runs: "partly", why: "bytes written are not shown", how: "mount /proc" },
    ]);
  });

  it("need one of several where one is enough", () => {
    const refused = { allowed: "no", why: "refused", how: "become root" } as const;
    expect(runs({ ...all("yes"), swapControl: refused })["swap"]).toBe("fully");
    expect(runs({ ...all("yes"), swap: refused })["swap"]).toBe("partly");
    expect(runs({ ...all("yes"), swap: refused, swapControl: refused })["swap"]).toBe("not");
  });
});

describe("mmaplab doctor", () => {
  async function printed(...args: string[]): Promise<string> {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((text: unknown) => void lines.push(String(text)));
    try {
      await doctorCommand().parseAsync(args, { from: "user" });
    } finally {
      log.mockRestore();
    }
    return lines.join("\n");
  }

  it("prints both tables within 100 columns and without colours", async () => {
    const text = await printed();
    expect(Math.max(...text.split("\n").map((one) => one.length))).toBeLessThanOrEqual(100);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f]/);
    expect(text).toContain("What this machine allows");
    expect(text).toContain("What of the lab runs here");
  });

  it("prints JSON of stable fields, version 1", async () => {
    const json = JSON.parse(await printed("--json")) as Record<string, unknown> & { capabilities: object[]; features: object[] };
    expect(Object.keys(json)).toEqual(["version", "runs", "capabilities", "features"]);
    expect([json["version"], json["runs"]]).toEqual([1, true]);
    for (const one of json.capabilities) expect(Object.keys(one)).toEqual(["id", "name", "group", "allowed", "value", "why", "how"]);
    for (const one of json.features) expect(Object.keys(one)).toEqual(["name", "runs", "why", "how"]);
    expect(process.exitCode ?? 0).toBe(0);
  });
});

it("is displayed in a notebook as tables that readers accept", () => {
  const display: unknown = Reflect.get(diagnosis, Symbol.for("Jupyter.display"));
  const bundle = Reflect.apply(display as () => Record<string, unknown>, diagnosis, []);
  const checked = validateBundle(JSON.parse(JSON.stringify(bundle[VIEW_MIME_TYPE])));
  expect(checked.ok ? checked.bundle.kind : checked.reason).toBe("observation");
  expect(bundle["text/plain"]).toContain("write your own pager");
});
