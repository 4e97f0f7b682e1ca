/** The legend of the mappings figure: what occurs in it, as traces that draw nothing else. */
import type { ScatterData } from "plotly.js";
import { PAGE_FILLS, pageRuns, VMA_FILLS, vmaClass, type VmaClass } from "mmaplab/views";
import { literal, type FigureContext } from "./figure.js";
import type { MappingsRow } from "./mappings.js";
import { pageStateWords, vmaClassWords } from "./words.js";

const CLASSES: readonly VmaClass[] = ["private-anonymous", "shared-anonymous", "private-file", "shared-file"];
const LETTERS = [".", "a", "A", "z", "f", "F", "s", "g"] as const;

export function legendTraces(rows: readonly MappingsRow[], { theme, trans }: FigureContext): Partial<ScatterData>[] {
  const vmas = rows.flatMap((row) => row.vmas);
  const classes = new Set(vmas.map(vmaClass));
  const letters = new Set(vmas.flatMap((vma) => pageRuns(vma.pages ?? "").map((run) => run.letter)));
  const traces = [
    ...CLASSES.filter((one) => classes.has(one)).map((one) => entry(vmaClassWords(one, trans), VMA_FILLS[one], theme.ground, 13)),
    ...LETTERS.filter((letter) => letters.has(letter)).map((letter) =>
      entry(`${literal(letter)} ${pageStateWords(letter, trans)}`, PAGE_FILLS[letter] ?? theme.ground, theme.dimText, 9),
    ),
  ];
  if (vmas.some((vma) => vma.dirty?.includes("d")))
    traces.push({
      ...entry(trans.__("dirty"), theme.text, theme.ground, 10),
      marker: { symbol: "line-ew", size: 10, line: { color: theme.text, width: 4 } },
    });
  return traces;
}

function entry(name: string, fill: string, outline: string, size: number): Partial<ScatterData> {
  return {
    type: "scatter",
    mode: "markers",
    name,
    meta: { kind: "legend" },
    x: [null],
    y: [null],
    marker: { symbol: "square", size, color: fill, line: { color: outline, width: 1 } },
    hoverinfo: "skip",
    showlegend: true,
  };
}
