/** How an operation tells why: each decision adds a step, and the refusal of a call is the last one. */
import type { ErrnoCode } from "../abi/index.js";
import type { Reason, ReasonStep } from "./result.js";

/** The decisions of one operation, in order. */
export class Trail {
  private readonly parts: (ReasonStep | (() => Reason))[] = [];

  /** @param rule stable name of the rule; @param text what it meant here, in a sentence */
  add(rule: string, text: string): void {
    this.parts.push({ rule, text });
  }

  addStep(step: ReasonStep): void {
    this.parts.push(step);
  }

  /** Steps that are put into words only when somebody reads them. */
  addLater(steps: () => Reason): void {
    this.parts.push(steps);
  }

  /** All steps, first to last. */
  get steps(): Reason {
    return this.parts.flatMap((part) => (typeof part === "function" ? part() : part));
  }
}

/** A system call that ends with an errno. Thrown by a check, caught where the call was dispatched. */
export class Refusal extends Error {
  constructor(
    readonly code: ErrnoCode,
    readonly step: ReasonStep,
  ) {
    super(step.text);
  }
}

/** Ends a system call with an errno and the reason for it. */
export function refuse(code: ErrnoCode, rule: string, text: string): never {
  throw new Refusal(code, { rule, text });
}
