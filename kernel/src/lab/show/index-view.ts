/** The structure that orders the lab's VMAs, as a view: as it is, or built anew in the structure of another kernel. */
import { Model, type IndexKind, type VmaDetails } from "../../model/index.js";
import type { IndexChange, IndexFrame, IndexView } from "../../views/index.js";
import { foldedIndex, idOf, structureName } from "../../views/index.js";
import { hex } from "../hex.js";

/** How the index is shown. */
export interface IndexOptions {
  /** Another structure, built anew from the same VMAs: "list", "list+avl" (Linux 2.4), "rb" (to 6.0) or "maple" (6.1 on). */
  readonly kind?: IndexKind;
  /** Show it growing by so many VMAs, step by step with its rotations and splits; 0 unless told, 32 at most. */
  readonly steps?: number;
}

const KINDS: readonly IndexKind[] = ["list", "list+avl", "rb", "maple"];
const MOST_STEPS = 32;
/** Each step builds the index again, which takes as long as there are VMAs. */
const MOST_VMAS_STEPWISE = 2000;
/** A list is built by walking it for every VMA. */
const MOST_VMAS_IN_LIST = 10_000;
const MOST_CHANGES = 200;

/**
 * The index of a model's first process.
 * @param address looked up as a fault does; null for none
 * @throws TypeError, RangeError where an option is none
 */
export function indexView(model: Model, address: bigint | null, options: IndexOptions): IndexView {
  const { kind, steps = 0 } = options;
  if (kind !== undefined && !KINDS.includes(kind))
    throw new TypeError(`lab.index: kind is one of ${KINDS.join(", ")}, not ${String(kind)}.`);
  if (!Number.isInteger(steps) || steps < 0 || steps > MOST_STEPS)
    throw new RangeError(`lab.index: steps is a whole number from 0 to ${String(MOST_STEPS)}, not ${String(steps)}.`);
  if (kind === undefined && steps === 0) {
    const frame = foldedIndex("", model.index(), address, address === null ? null : model.find(address));
    return { kind: "index", title: titleOf(frame), frames: [frame] };
  }
  return rebuilt(model, address, kind ?? model.index().kind, steps);
}

function titleOf({ structure }: IndexFrame): string {
  return `VMAs in ${structure === "list+avl" ? "an" : "a"} ${structureName(structure)}`;
}

function rebuilt(model: Model, address: bigint | null, kind: IndexKind, steps: number): IndexView {
  const vmas = model.vmas();
  if (kind === "list" && vmas.length > MOST_VMAS_IN_LIST)
    throw new RangeError(
      `lab.index: a list of ${String(vmas.length)} VMAs would take too long to build (at most ${String(MOST_VMAS_IN_LIST)}). Take a tree: { kind: "rb" }.`,
    );
  const stepwise = vmas.length > MOST_VMAS_STEPWISE ? 0 : Math.min(steps, vmas.length);
  const frames: IndexFrame[] = [];
  let before = stepwise === 0 ? null : grown(kind, vmas.slice(0, vmas.length - stepwise));
  for (let count = vmas.length - stepwise + 1; before !== null && count <= vmas.length; count += 1) {
    const after = grown(kind, vmas.slice(0, count));
    const added = vmas[count - 1];
    const label = added === undefined ? "" : `the VMA at ${hex(added.start)} comes in`;
    frames.push({ ...frameOf(after, label, address), changes: changesSince(before, after) });
    before = after;
  }
  if (frames.length === 0) frames.push(frameOf(grown(kind, vmas), "", address));
  const refused =
    steps > 0 && stepwise === 0 && vmas.length > 0 ? ` Step by step is shown for at most ${String(MOST_VMAS_STEPWISE)} VMAs.` : "";
  const last = frames.at(-1);
  return {
    kind: "index",
    title: last ? titleOf(last) : "VMAs",
    note: `Built anew from the VMAs there are, lowest address first; a kernel builds it in the order of the calls.${refused}`,
    frames,
  };
}

/** An index of the given kind with these VMAs in it, which are kept apart even where they touch. */
function grown(kind: IndexKind, vmas: readonly VmaDetails[]): Model {
  const model = new Model({ index: kind, recordIndexSteps: true, maxMapCount: vmas.length + 1 });
  model.importForeign(vmas);
  return model;
}

function frameOf(model: Model, label: string, address: bigint | null): IndexFrame {
  return foldedIndex(label, model.index(), address, address === null ? null : model.find(address));
}

/** Both were built the same way, so the later one began with all that the earlier one did. */
function changesSince(before: Model, after: Model): IndexChange[] {
  return after
    .indexSteps()
    .slice(before.indexSteps().length)
    .slice(0, MOST_CHANGES)
    .map(({ kind, node, text }) => ({ change: kind, node: idOf(node), text }));
}
