/** The mappings figure in words. */
import { differingRuns, tallyChanges, type MappingsView } from "mmaplab/views";
import type { Phrases } from "../phrases.js";
import { sentenceStart, sourceWords } from "./words.js";

export function mappingsSummary(view: MappingsView, trans: Phrases): string {
  const differing = pagesDiffering(view);
  const [first] = view.states;
  if (differing === 0 && first) return trans.__("Kernel and model agree: %1.", changeWords(first, view.pageSize, trans));
  const sentences = view.states.map((state) =>
    trans.__("%1: %2.", sentenceStart(sourceWords(state.source, trans)), changeWords(state, view.pageSize, trans)),
  );
  if (differing !== null) sentences.push(trans._n("They differ on %1 page.", "They differ on %1 pages.", differing));
  return sentences.join(" ");
}

function changeWords(state: MappingsView["states"][number], pageSize: number, trans: Phrases): string {
  const tally = tallyChanges(state.before, state.after, pageSize);
  const parts = [
    tally.newVmas > 0 && trans._n("%1 mapping new", "%1 mappings new", tally.newVmas),
    tally.goneVmas > 0 && trans._n("%1 mapping gone", "%1 mappings gone", tally.goneVmas),
    tally.changedVmas > 0 && trans._n("%1 mapping changed", "%1 mappings changed", tally.changedVmas),
    tally.pagesFilled > 0 && trans._n("%1 page filled", "%1 pages filled", tally.pagesFilled),
    tally.pagesEmptied > 0 && trans._n("%1 page emptied", "%1 pages emptied", tally.pagesEmptied),
    tally.pagesDirtied > 0 && trans._n("%1 page dirtied", "%1 pages dirtied", tally.pagesDirtied),
    tally.pagesCleaned > 0 && trans._n("%1 page cleaned", "%1 pages cleaned", tally.pagesCleaned),
  ].filter((part) => part !== false);
  return parts.length > 0 ? parts.join(", ") : trans.__("nothing changed");
}

/** On how many pages kernel and model differ, before and after together; null where one of them is missing. */
function pagesDiffering(view: MappingsView): number | null {
  const kernel = view.states.find((state) => state.source === "kernel");
  const model = view.states.find((state) => state.source === "model");
  if (!kernel || !model) return null;
  const runs = (["before", "after"] as const).flatMap((moment) => differingRuns(kernel[moment], model[moment], view.pageSize));
  return runs.reduce((sum, run) => sum + run.end - run.start, 0);
}
