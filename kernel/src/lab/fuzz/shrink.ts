/**
 * Makes a sequence that shows a difference as short and plain as it gets: first steps are left out, in halves, quarters and
 * so on (delta debugging, Zeller and Hildebrandt 2002), then the arguments of what remains are simplified.
 */
import { nameOfStep, type FuzzSequence, type Step } from "./sequence.js";

/** Whether a candidate still shows the difference. */
export type StillFails = (candidate: FuzzSequence) => boolean;

/** How many candidates are tried at most: each is a run of some milliseconds. */
const MOST_TRIES = 600;

/**
 * Shrinks a sequence.
 * @param sequence one for which `stillFails` holds
 * @returns the shortest found for which it holds
 */
export function shrink(sequence: FuzzSequence, stillFails: StillFails): FuzzSequence {
  let tries = 0;
  const accepts = (candidate: FuzzSequence): boolean => tries++ < MOST_TRIES && stillFails(candidate);
  let best = sequence;
  for (;;) {
    const before = JSON.stringify(best);
    best = withFewerSteps(best, accepts);
    best = withPlainerParts(best, accepts);
    if (JSON.stringify(best) === before || tries >= MOST_TRIES) return withoutUnusedFiles(best, stillFails);
  }
}

function withFewerSteps(sequence: FuzzSequence, accepts: StillFails): FuzzSequence {
  let best = sequence;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < best.steps.length;) {
      const candidate = { ...best, steps: [...best.steps.slice(0, start), ...best.steps.slice(start + size)] };
      if (candidate.steps.length > 0 && accepts(candidate)) best = candidate;
      else start += size;
    }
  }
  return best;
}

function withPlainerParts(sequence: FuzzSequence, accepts: StillFails): FuzzSequence {
  let best = sequence;
  for (const number of sequence.steps.keys()) {
    for (;;) {
      const step = best.steps[number];
      const plainer =
        step === undefined
          ? undefined
          : plainerSteps(step)
              .map((simple) => ({ ...best, steps: best.steps.with(number, simple) }))
              .find(accepts);
      if (plainer === undefined) break;
      best = plainer;
    }
  }
  for (const [letter, object] of Object.entries(sequence.objects)) {
    const plain = [
      { ...object, kind: "memfd", allowSeals: false, open: "rw" },
      { ...object, init: "data" },
      { ...object, init: "hole" },
      { ...object, pages: 1 },
      { ...object, pages: 8 },
    ] as const;
    for (const simple of plain) {
      const candidate = { ...best, objects: { ...best.objects, [letter]: simple } };
      if (JSON.stringify(candidate) !== JSON.stringify(best) && accepts(candidate)) best = candidate;
    }
  }
  return best;
}

/** A file that no step names, and that is not opened a second time under a name in use, is left out. */
function withoutUnusedFiles(sequence: FuzzSequence, stillFails: StillFails): FuzzSequence {
  const named = new Set(sequence.steps.map(({ obj }) => obj));
  const again = Object.entries(sequence.objects).flatMap(([letter, { sameInodeAs }]) => (named.has(letter) ? [sameInodeAs] : []));
  const used = new Set([...named, ...again]);
  const objects = Object.fromEntries(Object.entries(sequence.objects).filter(([letter]) => used.has(letter)));
  const candidate = { ...sequence, objects };
  return stillFails(candidate) ? candidate : sequence;
}

/** Steps one move plainer than a step. Each move makes it shorter or smaller, so that the moves come to an end. */
function plainerSteps(step: Step): Step[] {
  const plainer: Step[] = [];
  const without = (name: string): void => {
    plainer.push(Object.fromEntries(Object.entries(step).filter(([key]) => key !== name)));
  };
  if (step.byte !== undefined) without("byte");
  // The first process does as well, where it does.
  if (step.who !== undefined) without("who");
  if (step.count !== undefined) without("count");
  if (typeof step.count === "number" && step.count > 2) plainer.push({ ...step, count: step.count >> 1 });
  for (const name of ["len", "old", "new"]) {
    const value = step[name];
    if (typeof value !== "number" || value <= 1) continue;
    // The lengths of a move stay equal, or it would be another kind of move.
    const both = (name === "old" || name === "new") && step.old === step.new;
    for (const smaller of new Set([1, value >> 1, value - 1]))
      plainer.push(both ? { ...step, old: smaller, new: smaller } : { ...step, [name]: smaller });
  }
  for (const name of ["at", "to"]) {
    const value = step[name];
    if (typeof value === "object" && value !== null && "page" in value) plainer.push({ ...step, [name]: value.page });
  }
  if (typeof step.pgoff === "number" && step.pgoff > 0) plainer.push({ ...step, pgoff: 0 });
  if (nameOfStep(step) === "mmap" && Array.isArray(step.flags)) {
    const flags: readonly unknown[] = step.flags;
    for (const flag of flags) {
      if (flag !== "FIXED" && flag !== "ANONYMOUS" && flag !== "PRIVATE" && flag !== "SHARED")
        plainer.push({ ...step, flags: flags.filter((other) => other !== flag) });
    }
  }
  return plainer;
}
