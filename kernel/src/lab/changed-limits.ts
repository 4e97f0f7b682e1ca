/** The limits of setrlimit(2) that cells change: which the model knows, and what they were before. */
import { RLIMIT } from "../abi/index.js";
import { getrlimit, setrlimit } from "../linux/index.js";
import type { Model, SetRlimit } from "../model/index.js";

const MODELLED: Readonly<Record<number, SetRlimit["which"]>> = {
  [RLIMIT.AS]: "AS",
  [RLIMIT.DATA]: "DATA",
  [RLIMIT.STACK]: "STACK",
  [RLIMIT.MEMLOCK]: "MEMLOCK",
};

/** The model's name of a resource, a value of `RLIMIT`; undefined for one that has no bearing on memory mapping. */
export function modelledLimit(resource: number): SetRlimit["which"] | undefined {
  return MODELLED[resource];
}

/** The soft limits that cells changed, as they were before. */
export class ChangedLimits {
  readonly #before = new Map<number, bigint>();

  /** Notes a limit before it is changed for the first time. @param resource a value of `RLIMIT` */
  remember(resource: number): void {
    if (!this.#before.has(resource)) this.#before.set(resource, getrlimit(resource).soft);
  }

  /** Puts every limit back. @param model is told */
  restore(model: Model): void {
    for (const [resource, soft] of this.#before) {
      setrlimit(resource, soft, getrlimit(resource).hard);
      const which = modelledLimit(resource);
      if (which !== undefined) model.run({ op: "rlimit", which, value: soft, softOnly: true });
    }
    this.#before.clear();
  }
}
