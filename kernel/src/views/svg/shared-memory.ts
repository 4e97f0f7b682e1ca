/** Mappings above, the page frames they lie on in a row below, a line from each page to its frame. */
import type { SharedMemoryView } from "../shared-memory-view.js";
import { PAGE_FILLS } from "../palette.js";
import { frameUses } from "../structure-words.js";
import { at, box, fitting, label, SHEET_WIDTH, type Drawing } from "./drawing.js";

const LEFT = 150;
const MOST_MAPPINGS = 16;
const MOST_LINES = 600;
const ROW_HEIGHT = 34;
const FRAMES_GAP = 40;

export function sharedMemoryDrawing(view: SharedMemoryView): Drawing {
  const rows = view.processes.flatMap(({ name, mappings }) => mappings.map((mapping) => ({ name, mapping })));
  const shown = rows.slice(0, MOST_MAPPINGS);
  const uses = frameUses(view, 20_000);
  const frames = [...uses.keys()];
  const width = SHEET_WIDTH - LEFT - 16;
  const frameX = new Map(frames.map((frame, index) => [frame, LEFT + ((index + 0.5) / Math.max(1, frames.length)) * width]));
  const frameY = 20 + shown.length * ROW_HEIGHT + FRAMES_GAP;
  let lines = 0;
  const bars = shown.map(({ name, mapping }, index) => {
    const y = 20 + index * ROW_HEIGHT;
    const pages = Math.max(1, Number((BigInt(mapping.end) - BigInt(mapping.start)) / BigInt(view.pageSize)));
    const marks = mapping.runs.map((run) => {
      const x = LEFT + (run.page / pages) * width;
      const links: string[] = [];
      for (let offset = 0; offset < run.pages && lines < MOST_LINES; offset += 1, lines += 1) {
        const target = frameX.get(run.frame + offset);
        if (target === undefined) continue;
        const shared = (uses.get(run.frame + offset)?.length ?? 0) > 1;
        const from = LEFT + ((run.page + offset + 0.5) / pages) * width;
        links.push(
          `<path class="${shared ? "mmaplab-ink mmaplab-ink-purple" : "mmaplab-rule"}" d="M${at(from)} ${y + 18}L${at(target)} ${frameY}"/>`,
        );
      }
      return (
        box(x, y, Math.max(1, (run.pages / pages) * width - 1), 18, `fill="${PAGE_FILLS[run.writable ? "a" : "f"] ?? ""}"`) + links.join("")
      );
    });
    const what = `${mapping.label ?? mapping.object ?? "anonymous"} ${mapping.perms}`;
    return (
      label(fitting(name, LEFT - 16), LEFT - 8, y + 7, "text", "end") +
      label(fitting(what, LEFT - 16), LEFT - 8, y + 20, "dim", "end") +
      box(LEFT, y, width, 18, `class="mmaplab-hollow"`) +
      marks.join("")
    );
  });
  const cells = frames.slice(0, MOST_LINES).map((frame) => {
    const x = frameX.get(frame) ?? LEFT;
    const size = Math.max(1, Math.min(24, width / Math.max(1, frames.length) - 1));
    const shared = (uses.get(frame)?.length ?? 0) > 1;
    return box(x - size / 2, frameY, size, 16, `fill="${PAGE_FILLS[shared ? "s" : "a"] ?? ""}"`);
  });
  const hidden = rows.length - shown.length + view.folded;
  return {
    markup:
      label(
        `${view.frames} page frames, ${view.sharedFrames} under more than one page${hidden > 0 ? `; ${hidden} more not drawn` : ""}`,
        12,
        10,
        "dim",
      ) +
      bars.join("") +
      label("page frames", LEFT - 8, frameY + 12, "text", "end") +
      cells.join(""),
    height: frameY + 24,
  };
}
