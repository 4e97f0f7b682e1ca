/** The last moment of an index: its nodes and the way of the lookup through them. */
import { indexLayout, type PlacedNode } from "../index-layout.js";
import type { IndexFrame, IndexSlot, IndexView } from "../index-view.js";
import { VMA_FILLS } from "../palette.js";
import { structureName } from "../structure-words.js";
import { at, box, fitting, label, SHEET_WIDTH, type Drawing } from "./drawing.js";

const MARGIN = 14;
/** Room for the line above the tree. */
const TOP = 36;
const ROW_HEIGHT = 62;
const NODE_HEIGHT = 26;
const MOST_COLUMN = 70;
/** Narrower columns have no addresses in their nodes. */
const ADDRESS_COLUMN = 40;
const MOST_NODES = 300;

export function indexDrawing(view: IndexView): Drawing {
  const frame = view.frames.at(-1);
  if (frame === undefined || frame.nodes.length === 0) return { markup: label("The index is empty.", 12, 14, "dim"), height: 20 };
  const layout = indexLayout({ ...frame, nodes: frame.nodes.slice(0, MOST_NODES) });
  const step = Math.min(MOST_COLUMN, (SHEET_WIDTH - 2 * MARGIN) / layout.columns);
  const x = (place: PlacedNode): number => MARGIN + place.x * step;
  const y = (place: PlacedNode): number => TOP + place.y * ROW_HEIGHT;
  const order = new Map(frame.lookup?.visited.map((id, index) => [id, index + 1]));
  const edges = layout.edges.map(({ from, to, direct }) => {
    const [a, b] = [layout.places[from], layout.places[to]];
    if (!a || !b) return "";
    const visited = order.has(a.node.id) && order.has(b.node.id);
    const level = a.y === b.y;
    const start = level ? `${at(x(a) + step * 0.45)} ${at(y(a) + NODE_HEIGHT / 2)}` : `${at(x(a))} ${at(y(a) + NODE_HEIGHT)}`;
    const end = level ? `${at(x(b) - step * 0.45)} ${at(y(b) + NODE_HEIGHT / 2)}` : `${at(x(b))} ${at(y(b))}`;
    const dash = direct ? "" : ` stroke-dasharray="3 3"`;
    return `<path class="${visited ? "mmaplab-ink mmaplab-ink-vermillion" : "mmaplab-axis"}" d="M${start}L${end}"${dash}/>`;
  });
  const nodes = layout.places.map((place) => nodeMarkup(place, x(place), y(place), step, order.get(place.node.id)));
  return {
    markup: label(fitting(words(frame), SHEET_WIDTH - 24), 12, 12, "dim") + edges.join("") + nodes.join(""),
    height: TOP + layout.rows * ROW_HEIGHT,
  };
}

function words({ structure, vmas, levels, folded, lookup, nodes }: IndexFrame): string {
  const hidden = folded + Math.max(0, nodes.length - MOST_NODES);
  const parts = [`${structureName(structure)}, ${vmas} VMAs, ${levels} levels`];
  if (hidden > 0) parts.push(`${hidden} nodes not drawn`);
  if (lookup !== null) parts.push(`find_vma(${lookup.address}) looks at ${lookup.visits}`);
  return parts.join("; ");
}

function nodeMarkup({ node, width }: PlacedNode, x: number, y: number, step: number, visit: number | undefined): string {
  const outline = visit === undefined ? ` class="mmaplab-axis"` : ` class="mmaplab-ink mmaplab-ink-vermillion"`;
  const number = visit === undefined ? "" : label(String(visit), x - (width * step * 0.9) / 2, y - 3, "strong", "middle");
  const folded = node.folded > 0 ? label(`+${node.folded}`, x, y + NODE_HEIGHT + 12, "dim", "middle") : "";
  if (node.slots)
    return (
      slotsMarkup(node.slots, x - (width * step) / 2, y, step) +
      box(x - (width * step) / 2, y, width * step, NODE_HEIGHT, `${outline} fill="none"`) +
      number +
      folded
    );
  const fill = node.colour === "red" ? "#e8806a" : node.colour === "black" ? "#9a9a9a" : VMA_FILLS["private-anonymous"];
  const size = step * 0.9;
  const text = step < ADDRESS_COLUMN ? "" : label(fitting(`…${node.id.slice(-5)}`, size), x, y + 17, "onfill", "middle");
  return (
    box(x - size / 2, y, size, NODE_HEIGHT, `fill="${fill}"`) +
    box(x - size / 2, y, size, NODE_HEIGHT, `${outline} fill="none"`) +
    text +
    number +
    folded
  );
}

function slotsMarkup(slots: readonly IndexSlot[], left: number, y: number, step: number): string {
  return slots
    .map(({ holds }, index) =>
      box(
        left + index * step + 0.5,
        y + 2,
        Math.max(0.5, step - 1),
        NODE_HEIGHT - 4,
        holds === "free" ? `class="mmaplab-hollow"` : `fill="${holds === "node" ? "#c8c8c8" : VMA_FILLS["private-anonymous"]}"`,
      ),
    )
    .join("");
}
