/** The index figure in words. */
import { printable, type IndexFrame, type IndexStructure, type IndexView } from "mmaplab/views";
import type { Phrases } from "../phrases.js";

const MOST_CHANGES = 4;

export function indexSummary(view: IndexView, frame: IndexFrame, trans: Phrases): string {
  const sentences = [
    trans._n("%2 of %1 VMA, levels: %3.", "%2 of %1 VMAs, levels: %3.", frame.vmas, structureWords(frame.structure, trans), frame.levels),
  ];
  if (frame.folded > 0) sentences.push(trans._n("%1 node is folded and not drawn.", "%1 nodes are folded and not drawn.", frame.folded));
  const { lookup } = frame;
  if (lookup !== null) {
    sentences.push(
      trans._n("Looking up %2 visits %1 node.", "Looking up %2 visits %1 nodes.", lookup.visits, lookup.address),
      lookup.found === null
        ? trans.__("No VMA ends above it.")
        : lookup.contains
          ? trans.__("It lies in the VMA at %1.", lookup.found)
          : trans.__("It is not mapped; the next VMA is at %1.", lookup.found),
    );
    if (lookup.cache !== null)
      sentences.push(lookup.cache === "hit" ? trans.__("mmap_cache had it.") : trans.__("mmap_cache had another one."));
  }
  for (const { change, node, text } of frame.changes.slice(0, MOST_CHANGES)) sentences.push(`${change} ${node}: ${printable(text, 160)}`);
  const more = frame.changes.length - MOST_CHANGES;
  if (more > 0) sentences.push(trans._n("%1 more change.", "%1 more changes.", more));
  if (view.note !== undefined) sentences.push(printable(view.note, 400));
  return sentences.join(" ");
}

function structureWords(structure: IndexStructure, trans: Phrases): string {
  switch (structure) {
    case "list":
      return trans.__("Sorted list");
    case "list+avl":
      return trans.__("AVL tree");
    case "rb":
      return trans.__("Red-black tree");
    case "maple":
      return trans.__("Maple tree");
  }
}
