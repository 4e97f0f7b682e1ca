/** Runs the steps of a recipe on the live kernel, in a bare process of its own, which takes everything with it when it ends. */
import { fstatSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAP, O, PROT } from "../../abi/index.js";
import { close, errnoOfResult, pageFlagNames, readPageFlags, readPagemap } from "../../linux/index.js";
import { FIRST_PROCESS, type FileId, type Operation, type Result } from "../../model/index.js";
import { Program } from "../../probe/index.js";
import { hasAnyCapability, hasCapability } from "../doctor/capabilities.js";
import { ProcessExecutor } from "../kernel/index.js";
import { cString, mustCall, nativeCall } from "./native-call.js";
import { PAGE } from "./recipes.js";
import type { CallWord, FillMaps, Look, OpenOnOwnTmpfs, OpenSpecial, Step, SystemCall, SystemChange } from "./row.js";
import { openSpecial } from "./special-files.js";
import { loopOverFullDisk, lowerFileMax, useFileAsSwap, type MadeChange } from "./system-changes.js";

const CLONE_NEWNS = 0x20000;
const CLONE_NEWUSER = 0x1000_0000;
const MS_NOEXEC = 8;
const MS_REC = 0x4000;
const MS_PRIVATE = 1 << 18;
const AT_FDCWD = -100;

/** How many VMAs one program makes. */
const MAPS_AT_ONCE = 4096;

function result(raw: bigint): Result {
  const code = errnoOfResult(raw);
  const outcome = code === undefined ? ({ kind: "value", value: raw } as const) : ({ kind: "errno", code } as const);
  return { outcome, counts: { minor: 0, major: 0 }, faults: [], reason: [] };
}

/** What a look shows: text, in the place of what an operation sees. */
export type StageResult = Result & { readonly text?: string };

const DONE = result(0n);

/** A process for one recipe. */
export class KernelStage {
  readonly #kernel = new ProcessExecutor();
  /** Names of recipes that the executor knows by others. */
  readonly #adopted = new Map<FileId, FileId>();
  readonly #descriptors: number[] = [];
  readonly #changes: MadeChange[] = [];

  /** Runs one step. @throws Errno or Error where a preparation fails that has to succeed */
  run(step: Step): StageResult {
    switch (step.op) {
      case "open special":
        return this.#openSpecial(step);
      case "open on own tmpfs":
        return this.#openOnOwnTmpfs(step);
      case "fails":
        return this.#kernel.run(this.#withAdopted(step.of));
      case "syscall":
        return this.#systemCall(step);
      case "fill maps":
        return this.#fillMaps(step);
      case "become unprivileged":
        return hasAnyCapability() ? this.#kernel.run({ op: "dropcaps" }) : DONE;
      case "system":
        return this.#change(step);
      case "look":
        return { ...DONE, text: this.#look(step) };
      default:
        return this.#kernel.run(this.#withAdopted(step));
    }
  }

  /** Ends the process, closes what was opened, and undoes changes of the system. */
  close(): void {
    try {
      // First, since its mappings hold files that a change made.
      this.#kernel.close();
      for (const fd of this.#descriptors.splice(0)) close(fd);
    } finally {
      for (const change of this.#changes.splice(0).reverse()) change.undo();
    }
  }

  #withAdopted(operation: Operation): Operation {
    if (!("file" in operation) || operation.file === null) return operation;
    const file = this.#adopted.get(operation.file);
    return file === undefined ? operation : { ...operation, file };
  }

  #adopt(name: FileId, fd: number): void {
    this.#adopted.set(name, this.#kernel.adopt(fd));
  }

  #openSpecial({ file, kind }: OpenSpecial): StageResult {
    const descriptors = openSpecial(kind);
    this.#descriptors.push(...descriptors);
    const [fd] = descriptors;
    if (fd !== undefined) this.#adopt(file, fd);
    return DONE;
  }

  /** Descriptors are shared between the processes, mounts are not. */
  #openOnOwnTmpfs({ file, pages, size, noexec }: OpenOnOwnTmpfs): StageResult {
    const run = (program: Program) => this.#kernel.runProgram(program);
    const alone = !hasCapability("CAP_SYS_ADMIN");
    mustCall("unshare", [alone ? CLONE_NEWNS | CLONE_NEWUSER : CLONE_NEWNS], run);
    if (alone) this.#mapIdentity();
    const none = cString("none");
    mustCall("mount", [none, cString("/"), 0, MS_REC | MS_PRIVATE, 0], run);
    const options = cString(`size=${String(BigInt(pages) * PAGE)},mode=0700`);
    mustCall("mount", [none, cString(tmpdir()), cString("tmpfs"), noexec ? MS_NOEXEC : 0, options], run);
    const path = cString(join(tmpdir(), "file"));
    const fd = Number(mustCall("openat", [AT_FDCWD, path, O.RDWR | O.CREAT | O.EXCL | O.CLOEXEC, 0o600], run));
    this.#descriptors.push(fd);
    mustCall("ftruncate", [fd, size], run);
    this.#adopt(file, fd);
    return DONE;
  }

  /** A user namespace that knows nobody cannot make files. */
  #mapIdentity(): void {
    const pid = this.#kernel.pidOf(FIRST_PROCESS);
    const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
    writeFileSync(`/proc/${String(pid)}/uid_map`, `0 ${String(uid)} 1`);
    writeFileSync(`/proc/${String(pid)}/setgroups`, "deny");
    writeFileSync(`/proc/${String(pid)}/gid_map`, `0 ${String(gid)} 1`);
  }

  #systemCall({ call, arguments: words }: SystemCall): StageResult {
    const args = words.map((word: CallWord) => {
      if (typeof word !== "object") return word;
      return "fd" in word ? this.#descriptorOf(word.fd) : word.bytes;
    });
    return result(nativeCall(call, args, (program) => this.#kernel.runProgram(program)));
  }

  #descriptorOf(file: FileId): number {
    return this.#kernel.descriptorOf(this.#adopted.get(file) ?? file);
  }

  #fillMaps({ at }: FillMaps): StageResult {
    for (let address = at; ; address += BigInt(2 * MAPS_AT_ONCE) * PAGE) {
      const program = new Program();
      const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE | MAP.FIXED;
      const steps = Array.from({ length: MAPS_AT_ONCE }, (_, i) =>
        program.syscall("mmap", [address + BigInt(2 * i) * PAGE, PAGE, PROT.NONE, flags, -1, 0]),
      );
      const run = this.#kernel.runProgram(program);
      if (steps.some((step) => run.result(step) < 0n)) return DONE;
    }
  }

  #change({ change, file }: SystemChange): StageResult {
    const make = { "file-max of 1": lowerFileMax, "file in use as swap": useFileAsSwap, "loop device over a full disk": loopOverFullDisk };
    const made = make[change]();
    this.#changes.push(made);
    if (file !== undefined && made.fd !== undefined) this.#adopt(file, made.fd);
    return DONE;
  }

  #look({ at, file, address }: Look): string {
    if (at === "mtime of") return String(fstatSync(this.#descriptorOf(file ?? ""), { bigint: true }).mtimeNs);
    const [entry] = readPagemap(address ?? 0n, 1, this.#kernel.pidOf(FIRST_PROCESS));
    const [flags = 0n] = readPageFlags([entry?.pfn ?? 0n]);
    return pageFlagNames(flags).includes("DIRTY") ? "dirty" : "clean";
  }
}
