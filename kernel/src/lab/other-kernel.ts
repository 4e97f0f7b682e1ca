/** What another kernel release would do otherwise: the operations of a prediction, run again under the live kernel's rules. */
import type { Model, Operation, Result } from "../model/index.js";
import type { TableCell, TableView } from "../views/index.js";
import type { PairEvent } from "./pair.js";

/** Operations whose place the kernel may choose: the second run takes that of the first. */
function placeOf(operation: Operation, { outcome }: Result): { placedAt?: bigint } {
  return (operation.op === "mmap" || operation.op === "mremap") && outcome.kind === "value" ? { placedAt: outcome.value } : {};
}

function answer({ outcome, counts }: Result): string {
  const ended = outcome.kind === "value" ? "ok" : outcome.kind === "errno" ? outcome.code : `${outcome.signal} (${outcome.code})`;
  return `${ended}, ${String(counts.minor)} minor, ${String(counts.major)} major`;
}

function vmasOf(model: Model, place: (address: bigint) => string): string {
  // Those of the runtime are read anew for each model, and may have changed in between.
  const own = model.vmas().filter(({ foreign }) => !foreign);
  const vmas = own.map(({ start, end, perms }) => `${place(start)} ${String((end - start) / 4096n)} pages ${perms}`);
  return vmas.length === 0 ? "none" : vmas.join("; ");
}

/**
 * A table of what differs, one line for each operation that does and one for the VMAs at the end.
 * @param events the prediction's, in order
 * @param predicted the model it left behind, of the other release
 * @param here a model of the live kernel's release in the state the prediction began with; it is changed
 * @param place names addresses
 */
export function changesTable(events: readonly PairEvent[], predicted: Model, here: Model, place: (address: bigint) => string): TableView {
  const rows: (readonly TableCell[])[] = [];
  const compare = (what: string, ours: string, theirs: string): void => {
    if (ours !== theirs) rows.push([{ text: what }, { text: ours }, { text: theirs, tone: "warn" }]);
  };
  for (const { operation, model } of events) {
    const result = here.run(operation, placeOf(operation, model));
    compare("at" in operation ? `${operation.op} ${place(operation.at)}` : operation.op, answer(result), answer(model));
  }
  compare("VMAs at the end", vmasOf(here, place), vmasOf(predicted, place));
  const [ours, theirs] = [here.profile.release, predicted.profile.release];
  const caption = [rows.length === 0 ? `Both do the same in all ${String(events.length)} operations.` : null, predicted.profileNote].filter(
    (sentence) => sentence !== null,
  );
  return {
    kind: "table",
    title: `What changes from ${ours} to ${theirs}`,
    headings: ["operation", ours, theirs],
    rows,
    ...(caption.length > 0 ? { caption: caption.join(" ") } : {}),
  };
}
