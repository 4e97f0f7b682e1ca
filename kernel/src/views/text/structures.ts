/** An index, a walk and shared page frames as text. */
import { pageRuns } from "../page-runs.js";
import type { IndexFrame, IndexNodeView, IndexView } from "../index-view.js";
import type { PageTableView } from "../page-table-view.js";
import { printable } from "../printable.js";
import type { SharedMemoryView } from "../shared-memory-view.js";
import { addressBits, entryMeaning, structureName } from "../structure-words.js";
import { formatBytes } from "../units.js";
import { alignedColumns } from "./columns.js";

const MOST_NODES = 40;
const MOST_CHANGES = 20;
const MOST_MAPPINGS = 40;
const MOST_RUNS = 8;

/** The last frame of an index: its nodes as an indented tree, those that the lookup visited marked. */
export function indexText(view: IndexView): string[] {
  const frame = view.frames.at(-1);
  if (frame === undefined) return ["no index"];
  const note = view.note === undefined ? [] : [printable(view.note, 400)];
  return [...note, summary(frame), ...lookupLines(frame), ...treeLines(frame), ...changeLines(frame)];
}

function summary({ structure, vmas, levels, folded }: IndexFrame): string {
  const size = `${structureName(structure)} of ${vmas} ${vmas === 1 ? "VMA" : "VMAs"}, ${levels} ${levels === 1 ? "level" : "levels"}`;
  return folded === 0 ? size : `${size} (${folded} nodes folded)`;
}

function lookupLines({ lookup }: IndexFrame): string[] {
  if (lookup === null) return [];
  const cache = lookup.cache === null ? "" : `, mmap_cache ${lookup.cache}`;
  const found =
    lookup.found === null ? "no VMA ends above it" : `${lookup.contains ? "found" : "not mapped; the next is"} the VMA at ${lookup.found}`;
  return [`find_vma(${lookup.address}): ${lookup.visits} ${lookup.visits === 1 ? "node" : "nodes"} looked at${cache}; ${found}`];
}

function treeLines({ nodes, lookup, structure }: IndexFrame): string[] {
  const order = new Map(lookup?.visited.map((id, index) => [id, index + 1]));
  const depth: number[] = [];
  const lines = nodes.map((node) => {
    depth.push(node.parent < 0 ? 0 : (depth[node.parent] ?? 0) + 1);
    const step = order.get(node.id);
    const indent = structure === "list" ? "" : "  ".repeat(depth.at(-1) ?? 0);
    return `${step === undefined ? "  " : `${step}>`.padStart(2)} ${indent}${nodeText(node)}`;
  });
  if (lines.length <= MOST_NODES) return lines;
  return [...lines.slice(0, MOST_NODES), `... and ${lines.length - MOST_NODES} more`];
}

function nodeText(node: IndexNodeView): string {
  const parts = [node.id, node.perms ?? "", node.colour ?? ""];
  if (node.height !== undefined) parts.push(`height ${node.height}`);
  if (node.slots !== undefined) {
    const kinds = node.slots.map(({ holds }) => (holds === "free" ? "." : holds === "node" ? "n" : "v")).join("");
    parts.push(
      `${node.slots.length} of ${node.capacity ?? node.slots.length} slots: ${pageRuns(kinds)
        .map(({ letter, count }) => `${count} ${letter === "." ? "free" : letter === "n" ? "nodes" : "VMAs"}`)
        .slice(0, MOST_RUNS)
        .join(", ")}`,
    );
  }
  if (node.folded > 0) parts.push(`(+${node.folded} folded)`);
  return parts.filter(Boolean).join(" ");
}

function changeLines({ changes, label }: IndexFrame): string[] {
  if (changes.length === 0) return [];
  const shown = changes.slice(0, MOST_CHANGES).map(({ change, node, text }) => `  ${change} ${node}: ${printable(text, 200)}`);
  const rest = changes.length > MOST_CHANGES ? [`  ... and ${changes.length - MOST_CHANGES} more`] : [];
  return [`${printable(label, 200) || "The last operation"}:`, ...shown, ...rest];
}

/** A line a level, and the last entry bit by bit. */
export function pageTableText(view: PageTableView): string[] {
  const bits = addressBits(view);
  const rows = view.levels.map((level, index) => [
    level.level,
    bits[index]?.bits ?? "",
    `entry ${level.index}`,
    level.table === null ? "no table" : `table ${level.table}`,
    `${formatBytes(level.entryBytes)} an entry`,
    level.flags.join(" "),
  ]);
  const byte = bits.at(-1);
  const entry = view.entry;
  const last = entry === null || entry.value === null ? [] : [`entry: ${entry.value}  ${entry.flags.join(" ")}`.trimEnd()];
  return [
    `${printable(view.place, 120)} (${view.address})`,
    ...alignedColumns([...rows, ["byte", byte?.bits ?? "", `byte ${byte?.value ?? 0}`, "", "", ""]]),
    ...last,
    entryMeaning(view),
  ];
}

/** A line a mapping: which of its pages lie on which frames. */
export function sharedMemoryText(view: SharedMemoryView): string[] {
  const head = `${view.frames} page frames, ${view.sharedFrames} of them under more than one page`;
  const lines = view.processes.flatMap(({ name, mappings }) => [
    `${printable(name, 60)}:`,
    ...mappings.map((mapping) => {
      const runs = mapping.runs.slice(0, MOST_RUNS).map(({ page, pages, frame, writable }) => {
        const [from, to] = pages === 1 ? ["", ""] : [`-${page + pages - 1}`, `-${frame + pages - 1}`];
        return `page ${page}${from} on frame ${frame}${to}${writable ? "" : " (read-only)"}`;
      });
      const more = mapping.runs.length > MOST_RUNS ? [`${mapping.runs.length - MOST_RUNS} more runs`] : [];
      const named = mapping.label ?? mapping.object ?? "";
      return `  ${mapping.start}-${mapping.end} ${mapping.perms} ${printable(named, 60)}: ${[...runs, ...more].join(", ") || "no page present"}`;
    }),
  ]);
  const shown = lines.slice(0, MOST_MAPPINGS);
  const hidden = lines.length - shown.length + view.folded;
  return [head, ...shown, ...(hidden > 0 ? [`... and ${hidden} more`] : [])];
}
