/** What the doctor finds: one thing the machine has, allows or refuses. */

/** How far something can be had: `info` says what there is, without a better or worse. */
export type Allowed = "yes" | "partly" | "no" | "info";

/** What a probe found out. */
export interface Finding {
  readonly allowed: Allowed;
  /** What there is, in a word or a figure, e.g. "6.18.44" or "4096 bytes"; absent where yes or no says it all. */
  readonly value?: string;
  /** What was tried or read, and what came of it, in a sentence. */
  readonly why: string;
  /** What would give what is missing; absent where nothing is. */
  readonly how?: string;
}

/** It can be had. */
export function yes(why: string, value?: string): Finding {
  return { allowed: "yes", why, ...(value === undefined ? {} : { value }) };
}

/** Some of it can be had. @param how what would give the rest */
export function partly(why: string, how: string, value?: string): Finding {
  return { allowed: "partly", why, how, ...(value === undefined ? {} : { value }) };
}

/** It cannot be had. @param how what would give it */
export function no(why: string, how: string, value?: string): Finding {
  return { allowed: "no", why, how, ...(value === undefined ? {} : { value }) };
}

/** What there is. */
export function info(value: string, why: string): Finding {
  return { allowed: "info", value, why };
}

/** A probe: tries something, leaves nothing behind, and never waits for others. */
export type Check = () => Finding;
