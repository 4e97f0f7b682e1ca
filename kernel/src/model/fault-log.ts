/**
 * The faults of one operation: counted, and listed in columns that cost a few bytes a fault. The list that a result shows,
 * with its reasons, is made when it is first read.
 */
import { ruleName, ruleText } from "./fault-rules.js";
import { KINDS, MAJOR, MINOR, type KindNumber } from "./fault-types.js";
import type { Access } from "./operation.js";
import type { Fault, FaultCounts, Reason, ReasonStep } from "./result.js";

const ACCESSES: readonly Access[] = ["read", "write", "exec"];
const FIRST_CAPACITY = 16;
const NO_NUMBERS = new Float64Array(0);

/** The faults of one operation. */
export class FaultLog {
  minor = 0;
  major = 0;
  private listed = 0;
  private address = NO_NUMBERS;
  private detail = NO_NUMBERS;
  /** Rule, kind and access, a byte each. */
  private code = new Uint8Array(0);
  private context = new Int32Array(0);
  /** Where faults happened: the steps of each VMA that was entered. */
  private readonly contexts: (() => Reason)[] = [];

  constructor(private readonly maxListed: number) {}

  get counts(): FaultCounts {
    return { minor: this.minor, major: this.major };
  }

  /** Counts a fault without listing it: for those the kernel takes for itself. */
  count(kind: KindNumber): void {
    if (kind === MINOR) this.minor++;
    else if (kind === MAJOR) this.major++;
  }

  /** Says where the next faults happen: the decisions before the page-table entry is looked at. */
  enter(steps: () => Reason): void {
    this.contexts.push(steps);
  }

  /** Notes a fault. `a` and `b` are what the rule's sentence needs. */
  add(address: number, access: Access, kind: KindNumber, rule: number, a: number, b: number): void {
    this.count(kind);
    const at = this.listed;
    if (at >= this.maxListed) return;
    if (at >= this.address.length) this.grow();
    this.address[at] = address;
    this.detail[at * 2] = a;
    this.detail[at * 2 + 1] = b;
    this.code[at * 3] = rule;
    this.code[at * 3 + 1] = kind;
    this.code[at * 3 + 2] = access === "read" ? 0 : access === "write" ? 1 : 2;
    this.context[at] = this.contexts.length - 1;
    this.listed = at + 1;
  }

  /** The faults listed, in order. */
  list(): Fault[] {
    return Array.from({ length: this.listed }, (_, at) => this.at(at));
  }

  /** The reason of the last fault noted; empty where there was none. */
  lastReason(): Reason {
    return this.listed === 0 ? [] : this.reasonOf(this.listed - 1);
  }

  private at(at: number): Fault {
    const access = ACCESSES[this.code[at * 3 + 2] ?? 0] ?? "read";
    const kind = KINDS[this.code[at * 3 + 1] ?? 0] ?? "minor";
    const reason = (): Reason => this.reasonOf(at);
    return {
      address: BigInt(this.address[at] ?? 0),
      access,
      kind,
      get reason() {
        return reason();
      },
    };
  }

  private reasonOf(at: number): Reason {
    const rule = this.code[at * 3] ?? 0;
    const access = ACCESSES[this.code[at * 3 + 2] ?? 0] ?? "read";
    const kind = KINDS[this.code[at * 3 + 1] ?? 0] ?? "minor";
    const text = ruleText(rule, { access, kind, a: this.detail[at * 2] ?? 0, b: this.detail[at * 2 + 1] ?? 0 });
    const step: ReasonStep = { rule: ruleName(rule), text };
    return [...(this.contexts[this.context[at] ?? -1]?.() ?? []), step];
  }

  private grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.address.length * 2);
    const address = new Float64Array(capacity);
    address.set(this.address);
    this.address = address;
    const detail = new Float64Array(capacity * 2);
    detail.set(this.detail);
    this.detail = detail;
    const code = new Uint8Array(capacity * 3);
    code.set(this.code);
    this.code = code;
    const context = new Int32Array(capacity);
    context.set(this.context);
    this.context = context;
  }
}
