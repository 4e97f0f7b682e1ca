/** Marks between the kernel's and the model's row where the two do not agree about the same moment. */
import type { ScatterData } from "plotly.js";
import { addressOfPage, differingRuns, spanOf, type DifferingRun, type VmaView } from "mmaplab/views";
import { literal, type FigureContext } from "./figure.js";
import type { MappingsRow, MappingsScale } from "./mappings.js";

const MOST_MARKS = 500;

export function differenceTrace(
  rows: readonly MappingsRow[],
  scale: MappingsScale,
  { theme, trans }: FigureContext,
): Partial<ScatterData>[] {
  const marks = (["before", "after"] as const)
    .flatMap((state) => {
      const kernel = rows.find((row) => row.state === state && row.source === "kernel");
      const model = rows.find((row) => row.state === state && row.source === "model");
      if (!kernel || !model) return [];
      return differingRuns(kernel.vmas, model.vmas, scale.pageSize).map((run) => ({ run, state, y: (kernel.y + model.y) / 2 }));
    })
    .slice(0, MOST_MARKS);
  if (marks.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "text",
      name: trans.__("≠ kernel and model differ"),
      meta: { kind: "mappings", part: "differences", columns: ["state", "address", "pages", "what"] },
      customdata: marks.map(({ run, state }) => [state, addressOfPage(run.start, scale.pageSize), run.end - run.start, run.what]),
      x: marks.map(({ run }) => (scale.axis.position(run.start) + scale.axis.position(run.end)) / 2),
      y: marks.map(({ y }) => y - 0.02),
      text: marks.map(() => "≠"),
      textfont: { size: theme.fontSize + 5, color: theme.inks.vermillion, weight: "bold" },
      hovertext: marks.map(({ run }) => differenceWords(run, scale.pageSize, trans)),
      hoverinfo: "text",
      showlegend: false,
      cliponaxis: false,
    },
  ];
}

function differenceWords(run: DifferingRun, pageSize: number, trans: FigureContext["trans"]): string {
  const shown = (vma: VmaView | null): string => {
    if (!vma) return trans.__("not mapped");
    if (run.what === "mapped" || run.what === "vma") return `${vma.start}–${vma.end} ${vma.perms}`;
    const from = run.start - spanOf(vma, pageSize).start;
    return vma[run.what]?.slice(from, Math.min(from + 32, from + run.end - run.start)) ?? trans.__("unknown");
  };
  return [
    `<b>${trans.__("kernel and model differ")}</b>`,
    trans._n("%1 page from %2", "%1 pages from %2", run.end - run.start, addressOfPage(run.start, pageSize)),
    trans.__("kernel: %1", literal(shown(run.first))),
    trans.__("model: %1", literal(shown(run.second))),
  ].join("<br>");
}
