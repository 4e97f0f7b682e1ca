/** Mappings before and after: a row a source and moment, a bar a VMA, its pages beneath it. */
import { addressOfPage, spanOf } from "../address.js";
import { addressAxis, type AddressAxis } from "../address-axis.js";
import { compareStates, type VmaChange } from "../difference.js";
import { PAGE_FILLS, VMA_FILLS, vmaClass } from "../palette.js";
import { pageMarks } from "../page-runs.js";
import { formatBytes } from "../units.js";
import type { MappingsView, VmaView } from "../view.js";
import { vmaName } from "../vma-names.js";
import { SHEET_WIDTH, box, fitting, label, line, type Drawing } from "./drawing.js";

const LEFT = 120;
const RIGHT = 16;
const ROW_HEIGHT = 46;
const BAR_HEIGHT = 20;
const PAGES_HEIGHT = 13;
const DIRTY_HEIGHT = 3;
const MOST_VMAS = 200;
const MOST_PAGE_MARKS = 64;

interface Scale {
  readonly axis: AddressAxis;
  readonly pageSize: number;
  /** Units a page. */
  readonly step: number;
}

export function mappingsDrawing(view: MappingsView): Drawing {
  const all = view.states.flatMap((state) => [...state.before, ...state.after]);
  if (all.length === 0) return { markup: label("Nothing is mapped, before or after.", 12, 14, "dim"), height: 20 };
  const axis = addressAxis(all.map((vma) => spanOf(vma, view.pageSize)));
  const scale: Scale = { axis, pageSize: view.pageSize, step: (SHEET_WIDTH - LEFT - RIGHT) / axis.length };
  const rows = (["before", "after"] as const).flatMap((moment) =>
    view.states.map((state) => ({
      name: `${moment}, ${state.source}`,
      vmas: state[moment],
      changes: compareStates(state.before, state.after, view.pageSize)[moment],
    })),
  );
  const markup = rows.map((row, index) => rowMarkup(row, index * ROW_HEIGHT, scale));
  const bottom = rows.length * ROW_HEIGHT;
  return { markup: markup.join("") + axisMarkup(scale, bottom), height: bottom + 22 };
}

function rowMarkup(
  row: { readonly name: string; readonly vmas: readonly VmaView[]; readonly changes: readonly VmaChange[] },
  y: number,
  scale: Scale,
): string {
  const bars = row.vmas.slice(0, MOST_VMAS).map((vma, index) => vmaMarkup(vma, row.changes[index] ?? "same", y, scale));
  const rest = row.vmas.length > MOST_VMAS ? label(`and ${row.vmas.length - MOST_VMAS} more`, LEFT, y + ROW_HEIGHT - 4, "dim") : "";
  return (
    label(row.name, LEFT - 10, y + 14, "text", "end") +
    line(LEFT, y + ROW_HEIGHT - 4, SHEET_WIDTH - RIGHT, y + ROW_HEIGHT - 4) +
    bars.join("") +
    rest
  );
}

const CHANGE_SIGNS: Readonly<Record<VmaChange, string>> = { same: "", pages: "", changed: "≠ ", new: "+ ", gone: "− " };

function vmaMarkup(vma: VmaView, change: VmaChange, y: number, { axis, pageSize, step }: Scale): string {
  const span = spanOf(vma, pageSize);
  const x = LEFT + axis.position(span.start) * step;
  const width = Math.max(1, (span.end - span.start) * step - 1);
  const outline = change === "same" || change === "pages" ? "" : ` class="mmaplab-changed"`;
  const name = fitting(`${CHANGE_SIGNS[change]}${vma.perms} ${vmaName(vma)}`, width - 8);
  const marks = pageMarks(vma.pages ?? "", MOST_PAGE_MARKS).map((mark) => {
    const left = x + mark.from * step;
    const markWidth = Math.max(0.5, mark.count * step - 1);
    const fill = PAGE_FILLS[mark.letter];
    const top = y + BAR_HEIGHT + 2;
    const cell = box(left, top, markWidth, PAGES_HEIGHT, fill ? `fill="${fill}"` : `class="mmaplab-hollow"`);
    return markWidth >= 9 && mark.letter !== "." ? cell + label(mark.letter, left + markWidth / 2, top + 10.5, "onfill", "middle") : cell;
  });
  const dirty = pageMarks(vma.dirty ?? "", MOST_PAGE_MARKS)
    .filter((mark) => mark.letter !== ".")
    .map((mark) =>
      box(
        x + mark.from * step,
        y + BAR_HEIGHT + PAGES_HEIGHT + 3,
        Math.max(0.5, mark.count * step - 1),
        DIRTY_HEIGHT,
        `class="mmaplab-dirty"`,
      ),
    );
  return (
    box(x, y, width, BAR_HEIGHT, `fill="${VMA_FILLS[vmaClass(vma)]}"${outline}`) +
    (name ? label(name, x + 4, y + 14, "onfill") : "") +
    marks.join("") +
    dirty.join("")
  );
}

/** The address each segment starts at, where there is room, and the size of each hole left out. */
function axisMarkup({ axis, pageSize, step }: Scale, y: number): string {
  const parts: string[] = [];
  let free = 0;
  for (const segment of axis.segments) {
    const x = LEFT + segment.at * step;
    parts.push(line(x, y - 4, x, y, "axis"));
    const text = addressOfPage(segment.start, pageSize);
    if (x < free) continue;
    parts.push(label(text, x, y + 12, "dim"));
    free = x + text.length * 7.3 + 10;
  }
  for (const hole of axis.breaks) {
    const width = hole.width * step;
    parts.push(box(LEFT + hole.at * step + 2, 0, Math.max(0.5, width - 4), y - 4, `class="mmaplab-dim" fill-opacity="0.12"`));
    const size = fitting(formatBytes(hole.pages * pageSize), y);
    const x = LEFT + (hole.at + hole.width / 2) * step + 4;
    if (width >= 16)
      parts.push(`<g transform="translate(${x.toFixed(1)} ${(y / 2).toFixed(1)}) rotate(-90)">${label(size, 0, 0, "dim", "middle")}</g>`);
  }
  return parts.join("");
}
