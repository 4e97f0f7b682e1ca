/** Turns the steps of a scenario into operations: arena pages become addresses, names of flags become their bits. */
import { MADV, MAP, MCL, MREMAP, MS, PROT } from "../abi/index.js";
import { FIRST_PROCESS, type Access, type Operation, type ProcessId, type SetRlimit } from "./operation.js";
import type { Scenario, ScenarioObject } from "./scenario-format.js";
import { array, count, integer, object, oneOf, string, wrong, type JsonObject, type Place } from "./scenario-json.js";

/** The process of steps that say `who: "child"`, and the child of a fork or wait that names none. */
export const CHILD_PROCESS = 1;

/** What a scenario's steps are relative to, and what earlier steps left behind. */
export interface StepContext {
  readonly arenaBase: bigint;
  readonly arenaPages: number;
  /** The program break before the first step. */
  readonly initialBreak: bigint;
  /** The byte in the recorder's one transfer buffer: file writes store it, file reads replace it. */
  readonly transferByte: number;
}

const PAGE = 4096n;

/** The operations that open a scenario's files. */
export function openOperations(scenario: Scenario): Operation[] {
  return Object.entries(scenario.objects).map(([file, object]: [string, ScenarioObject]): Operation => {
    const { kind, pages, init, open, allowSeals, sameInodeAs } = object;
    const again = sameInodeAs === undefined ? {} : { sameInodeAs };
    return {
      op: "open",
      file,
      backing: kind,
      access: open,
      size: pages * Number(PAGE),
      data: init,
      fill: 0x5a,
      sealable: allowSeals,
      ...again,
    };
  });
}

/** The mappings just below and just above an arena, which merge with nothing. */
export function guardOperations(arenaBase: bigint, arenaPages: number): Operation[] {
  return [arenaBase - PAGE, arenaBase + BigInt(arenaPages) * PAGE].map((at): Operation => {
    return {
      op: "mmap",
      at,
      length: PAGE,
      prot: PROT.NONE,
      flags: MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE,
      file: null,
      offset: 0n,
    };
  });
}

/**
 * One step as an operation.
 * @throws Error that names the scenario and the step where it cannot be read
 */
export function stepOperation(scenario: Scenario, number: number, context: StepContext): Operation {
  const place = `scenario "${scenario.name}", step ${String(number)}`;
  const step = scenario.steps[number];
  if (step === undefined) throw new Error(`${place}: there is no such step.`);
  const operation = new StepReader(step, place, context).read(string(step.op, `${place}: op`));
  return step.who === undefined ? operation : { ...operation, process: processOf(step.who, `${place}: who`) };
}

/** "parent", "child", or the number of a process. */
function processOf(who: unknown, place: Place): ProcessId {
  if (typeof who === "number") return count(who, place);
  return oneOf(who, ["child", "parent"], place) === "child" ? CHILD_PROCESS : FIRST_PROCESS;
}

class StepReader {
  constructor(
    private readonly step: JsonObject,
    private readonly place: Place,
    private readonly context: StepContext,
  ) {}

  read(op: string): Operation {
    switch (op) {
      case "mmap": {
        const { obj } = this.step;
        const file = obj === undefined || obj === null ? null : string(obj, this.at("obj"));
        const offset = this.step.pgoff === undefined ? 0n : this.bytes("pgoff");
        return { op, at: this.address("at"), length: this.bytes("len"), prot: this.prot(), flags: this.flags(MAP_NAMES), file, offset };
      }
      case "munmap":
      case "mlock":
      case "munlock":
      case "mincore":
      case "resident":
        return { op, at: this.address("at"), length: this.bytes("len") };
      case "mprotect":
        return { op, at: this.address("at"), length: this.bytes("len"), prot: this.prot() };
      case "mremap": {
        const to = this.step.to === undefined ? 0n : this.address("to");
        return { op, at: this.address("at"), oldLength: this.bytes("old"), newLength: this.bytes("new"), flags: this.flags(MREMAP), to };
      }
      case "madvise":
        return { op, at: this.address("at"), length: this.bytes("len"), advice: this.flag(this.step.advice, MADV, this.at("advice")) };
      case "msync":
        return { op, at: this.address("at"), length: this.bytes("len"), flags: this.flags(MS) };
      case "mseal":
        return { op, at: this.address("at"), length: this.bytes("len"), flags: this.flags({}) };
      case "close":
        return { op, file: this.file() };
      case "advance":
        return { op, seconds: Number(this.step.seconds) };
      case "mlock2":
        return { op, at: this.address("at"), length: this.bytes("len"), flags: this.flags(MLOCK_NAMES) };
      case "mlockall":
        return { op, flags: this.flags(MCL) };
      case "munlockall":
      case "exit":
      case "dropcaps":
      case "status":
        return { op };
      case "brk":
        return { op, to: this.context.initialBreak + this.bytes("to") };
      case "ftruncate":
        return { op, file: this.file(), size: Number(this.bytes("size")) };
      case "fread":
        return { op: "pread", file: this.file(), offset: Number(this.bytes("pgoff")), length: Number(this.bytes("len")) };
      case "fwrite":
        return {
          op: "pwrite",
          file: this.file(),
          offset: Number(this.bytes("pgoff")),
          length: Number(this.bytes("len")),
          byte: this.step.byte === undefined ? this.context.transferByte : count(this.step.byte, this.at("byte")),
        };
      case "fsync":
      case "evict":
        return { op, file: this.file() };
      case "punch":
        return { op, file: this.file(), offset: Number(this.bytes("pgoff")), length: Number(this.bytes("len")) };
      case "seal":
        return { op, file: this.file(), seals: count(this.step.seals, this.at("seals")) };
      case "rlimit":
        return { op, which: oneOf(this.step.which, ["AS", "DATA", "STACK", "MEMLOCK"], this.at("which")), value: this.limit() };
      case "fork":
      case "wait":
        return { op, child: this.step.child === undefined ? CHILD_PROCESS : count(this.step.child, this.at("child")) };
      case "touch": {
        const access: Access = oneOf(this.step.kind, ["read", "write", "exec"], this.at("kind"));
        const touches = this.step.count === undefined ? {} : { count: count(this.step.count, this.at("count")) };
        const byte = this.step.byte === undefined ? {} : { byte: count(this.step.byte, this.at("byte")) };
        return { op, at: this.address("at"), access, ...touches, ...byte };
      }
      case "kernel_copy":
        return { op, at: this.address("at"), direction: oneOf(this.step.kind, ["to_user", "from_user"], this.at("kind")) };
      case "peek":
      case "vmflags":
        return { op, at: this.address("at") };
      case "maps":
        return { op, at: this.context.arenaBase, length: BigInt(this.context.arenaPages) * PAGE };
      default:
        return wrong(this.at("op"), "the name of an operation", op);
    }
  }

  private at(field: string): Place {
    return `${this.place}: ${field}`;
  }

  private file(): string {
    return string(this.step.obj, this.at("obj"));
  }

  /** An arena page, a page and a byte in it, or an absolute address. */
  private address(field: string): bigint {
    const value = this.step[field];
    const place = this.at(field);
    if (value === undefined || value === null) return 0n;
    if (typeof value !== "object") return this.context.arenaBase + integer(value, place) * PAGE;
    const { addr, page, byte } = object(value, place);
    if (addr !== undefined) return integer(addr, place);
    return this.context.arenaBase + integer(page, place) * PAGE + integer(byte ?? 0, place);
  }

  /** Pages, or bytes where it says so. */
  private bytes(field: string): bigint {
    const value = this.step[field];
    const place = this.at(field);
    if (typeof value !== "object" || value === null) return integer(value, place) * PAGE;
    const { bytes, pages } = object(value, place);
    return bytes === undefined ? integer(pages, place) * PAGE : integer(bytes, place);
  }

  private limit(): SetRlimit["value"] {
    const value = object(this.step.value, this.at("value"));
    if (value.current_total_vm_plus_pages !== undefined)
      return { currentTotalVmPlusPages: count(value.current_total_vm_plus_pages, this.at("value")) };
    return this.bytes("value");
  }

  /** Letters r, w and x, and names or numbers after `|`. */
  private prot(): number {
    const { prot } = this.step;
    if (typeof prot === "number") return prot;
    const [letters = "", ...names] = string(prot, this.at("prot")).split("|");
    let bits = 0;
    if (letters !== "none") {
      for (const letter of letters)
        bits |= { r: PROT.READ, w: PROT.WRITE, x: PROT.EXEC }[letter] ?? wrong(this.at("prot"), "letters r, w, x", prot);
    }
    return names.reduce((sum, name) => sum | this.flag(name, PROT, this.at("prot")), bits);
  }

  /** A list of names and numbers, or one number. */
  private flags(names: Readonly<Record<string, number | bigint>>): number {
    const { flags } = this.step;
    const list = Array.isArray(flags) ? array(flags, this.at("flags")) : [flags ?? 0];
    return list.reduce<number>((sum, name) => sum | this.flag(name, names, this.at("flags")), 0);
  }

  private flag(value: unknown, names: Readonly<Record<string, number | bigint>>, place: Place): number {
    if (typeof value === "number") return value;
    const name = string(value, place);
    const known = Object.hasOwn(names, name) ? names[name] : undefined;
    return known === undefined ? Number(integer(name, place)) : Number(known);
  }
}

const MAP_NAMES = { ...MAP, ANON: MAP.ANONYMOUS };
const MLOCK_NAMES = { ONFAULT: 1 };
