/**
 * The doctor where the kernel refuses: this process gives up rights for good, one after the other. The tests build on each
 * other, and nothing else may be tested in this file.
 */
import { expect, it } from "vitest";
import { RLIMIT } from "../../../kernel/src/abi/index.js";
import { Diagnosis, doctor, type Capability } from "../../../kernel/src/lab/doctor/index.js";
import { mapOwnMemory, setrlimit, syscallNumber } from "../../../kernel/src/linux/index.js";
import { Program, runProgram } from "../../../kernel/src/probe/index.js";

const CAPSET = 126;
const PRCTL = 157;
const PR_SET_SECCOMP = 22;
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_MODE_FILTER = 2;
const LINUX_CAPABILITY_VERSION_3 = 0x2008_0522;

/** Instructions of classic BPF (linux/filter.h, linux/seccomp.h). */
const LOAD_NUMBER = [0x20, 0, 0, 0] as const;
const ALLOW = [0x06, 0, 0, 0x7fff_0000] as const;
const REFUSE_EPERM = [0x06, 0, 0, 0x0005_0001] as const;
const skipUnless = (number: number) => [0x15, 0, 1, number] as const;

function call(number: number, ...args: (bigint | number | Uint8Array)[]): void {
  const program = new Program();
  const step = program.syscall(
    number,
    args.map((arg) => (arg instanceof Uint8Array ? program.buffer(arg.length, arg) : arg)),
  );
  expect(runProgram(program).result(step)).toBe(0n);
}

/** From now on the kernel refuses these calls to this thread. */
function refuseCalls(...numbers: number[]): void {
  const filter = [LOAD_NUMBER, ...numbers.flatMap((number) => [skipUnless(number), REFUSE_EPERM]), ALLOW];
  const { address, bytes } = mapOwnMemory(4096);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  filter.forEach(([code, whenTrue, whenFalse, operand], index) => {
    view.setUint16(16 + index * 8, code, true);
    view.setUint8(16 + index * 8 + 2, whenTrue);
    view.setUint8(16 + index * 8 + 3, whenFalse);
    view.setUint32(16 + index * 8 + 4, operand, true);
  });
  view.setUint16(0, filter.length, true);
  view.setBigUint64(8, address + 16n, true);
  call(PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  call(PRCTL, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, address);
}

function allowed(id: Capability): string | undefined {
  return doctor().findings.find((finding) => finding.id === id)?.allowed;
}

it("capabilities that are given up are missed, with what needs them", () => {
  call(CAPSET, new Uint8Array(Uint32Array.of(LINUX_CAPABILITY_VERSION_3, 0).buffer), new Uint8Array(24));
  const diagnosis = doctor();
  const missing = diagnosis.findings.filter((finding) => finding.allowed === "no").map(({ id }) => id);
  for (const id of ["CAP_IPC_LOCK", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "swapControl", "pageFlags"])
    expect(missing).toContain(id);
  expect(doctor.allows("CAP_SYS_ADMIN")).toMatchObject({ ok: false, how: expect.stringContaining("run it as root") });
  expect(allowed("pageFrames")).toBe("partly");
  expect(diagnosis.features.find(({ name }) => name === "dirty pages one by one")?.runs).toBe("not");
  expect(diagnosis.runs).toBe(true);
});

it("a limit of 0 is missed memory to lock", () => {
  setrlimit(RLIMIT.MEMLOCK, 0, 0);
  expect(doctor.allows("lockedMemory")).toEqual({
    ok: false,
    why: "RLIMIT_MEMLOCK is 0: nothing can be locked",
    how: "ulimit -l 8192, or CAP_IPC_LOCK",
  });
});

it("calls that a seccomp filter refuses are told as refused, and what builds on them as not to be had", () => {
  refuseCalls(syscallNumber("userfaultfd"), syscallNumber("perf_event_open"));
  const diagnosis = doctor();
  expect(allowed("seccomp")).toBe("partly");
  expect([allowed("userfaultfd"), allowed("writeTracking"), allowed("perfEvents")]).toEqual(["no", "no", "no"]);
  expect(doctor.allows("userfaultfd").why).toContain("EPERM");
  const states = Object.fromEntries(diagnosis.features.map(({ name, runs }) => [name, runs]));
  expect([states["write your own pager"], states["fault trace by perf events"], states["fork and copy-on-write"]]).toEqual([
    "not",
    "not",
    "partly",
  ]);
  expect(diagnosis.runs).toBe(true);
});

it("without the essentials the lab does not run", () => {
  const { findings, features } = doctor();
  const refused = findings.map((finding) => (finding.id === "probe" ? { ...finding, allowed: "no" as const } : finding));
  expect(new Diagnosis(refused, features).runs).toBe(false);
});
