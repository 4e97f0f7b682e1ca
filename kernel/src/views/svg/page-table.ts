/** A walk through the page table: the bits of the address above, a table a level below them, the selected entry marked. */
import { TABLE_ENTRIES, type PageTableView } from "../page-table-view.js";
import { addressBits, entryMeaning } from "../structure-words.js";
import { at, box, fitting, label, SHEET_WIDTH, type Drawing } from "./drawing.js";

const LEFT = 20;
const TOP = 64;
const TABLE_WIDTH = 92;
const TABLE_HEIGHT = 130;

export function pageTableDrawing(view: PageTableView): Drawing {
  const columns = view.levels.length + 1;
  const step = (SHEET_WIDTH - 2 * LEFT) / columns;
  const bits = addressBits(view);
  const height = TOP + TABLE_HEIGHT + 74;
  const heads = bits.map((part, index) => {
    const x = LEFT + index * step;
    return label(`${part.name} ${part.from}–${part.to}`, x, 28, "dim") + label(part.bits, x, 46);
  });
  const tables = view.levels.map((level, index) => {
    const x = LEFT + index * step;
    if (level.table === null)
      return (
        box(x, TOP, TABLE_WIDTH, TABLE_HEIGHT, `class="mmaplab-rule" stroke-dasharray="4 4"`) + label("no table", x + 12, TOP + 20, "dim")
      );
    const y = TOP + (level.index / TABLE_ENTRIES) * (TABLE_HEIGHT - 6);
    const next = view.levels[index + 1];
    const leads = next ? next.table !== null : view.entry !== null && view.entry.frame !== null;
    const arrow = leads
      ? `<path class="mmaplab-ink mmaplab-ink-vermillion" d="M${at(x + TABLE_WIDTH)} ${at(y + 3)}L${at(x + step - 4)} ${at(TOP + 3)}"/>`
      : "";
    const flags = index === view.levels.length - 1 ? (view.entry?.flags ?? []) : level.flags;
    return (
      box(x, TOP, TABLE_WIDTH, TABLE_HEIGHT, `class="mmaplab-axis"`) +
      box(x, y, TABLE_WIDTH, 6, `class="mmaplab-fill-vermillion"`) +
      arrow +
      label(`table ${level.table}`, x, TOP + TABLE_HEIGHT + 16, "dim") +
      label(`entry ${level.index}`, x, TOP + TABLE_HEIGHT + 32) +
      label(fitting(flags.join(" "), step - 6), x, TOP + TABLE_HEIGHT + 48, "dim")
    );
  });
  const frame = view.entry?.frame ?? null;
  const x = LEFT + view.levels.length * step;
  const page =
    frame === null
      ? ""
      : box(x, TOP, TABLE_WIDTH, 40, `class="mmaplab-ink mmaplab-ink-vermillion"`) + label(`frame ${frame}`, x + 6, TOP + 24);
  return {
    markup:
      label(fitting(`${view.place} (${view.address}): ${entryMeaning(view)}`, SHEET_WIDTH - 24), 12, 10, "dim") +
      heads.join("") +
      tables.join("") +
      page,
    height,
  };
}
