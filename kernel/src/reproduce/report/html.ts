/** A result set as one page that needs nothing else: tables, and for each measure a figure with every observation. */
import type { TableView } from "../../views/index.js";
import type { ResultFolder } from "../running/result-folder.js";
import { escaped } from "./escaped.js";
import { observationsSvg } from "./observations-svg.js";
import { experimentsOf } from "./results.js";
import { figuresTable, publishedTable, shapesTable } from "./tables.js";

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
table { border-collapse: collapse; margin: .5rem 0; font-size: .9em } th, td { text-align: left; padding: .2rem .7rem; border-bottom: 1px solid #ddd; vertical-align: top }
.ok { color: #05663c } .bad { color: #a30d0d } .warn { color: #7a5200 } figure { margin: 1rem 0 } figcaption { color: #555 } svg { max-width: 100%; height: auto }
pre { overflow-x: auto; background: #f5f5f5; padding: .7rem }
`;

function tableHtml({ title, headings, rows, caption }: TableView): string {
  const head = headings.map((heading) => `<th scope="col">${escaped(heading)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map(({ text, tone = "plain" }) => `<td class="${tone}">${escaped(text)}</td>`).join("")}</tr>`);
  const below = caption === undefined ? "" : `<p>${escaped(caption)}</p>`;
  return `<h3>${escaped(title)}</h3><table><thead><tr>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table>${below}`;
}

/**
 * @returns a whole HTML document
 * @throws Error where a file of records is no such file
 */
export function htmlReport(folder: ResultFolder): string {
  const { plan } = folder;
  const parts = experimentsOf(folder).map(({ experiment, measurements }) => {
    const measures = [
      ...new Set(
        measurements
          .cases()
          .filter(({ kind }) => kind !== "exact")
          .map(({ measure }) => measure),
      ),
    ];
    const figures = measures.map(
      (measure) =>
        `<figure>${observationsSvg(measurements, measure)}<figcaption>${escaped(measure)}: each dot is one observation, outliers too; the bar is the median with its 95 % interval. Logarithmic scale.</figcaption></figure>`,
    );
    const limits = experiment.cannotShow.map((text) => `<li>${escaped(text)}</li>`).join("");
    return [
      `<h2>${escaped(experiment.title)}</h2>`,
      tableHtml(shapesTable(experiment, measurements)),
      tableHtml(publishedTable(experiment, measurements)),
      ...figures,
      `<details><summary>All figures</summary>${tableHtml(figuresTable(experiment.title, measurements))}</details>`,
      `<h3>What this cannot show</h3><ul>${limits}</ul>`,
    ].join("\n");
  });
  const manifests = folder.manifests().map((manifest) => `<pre>${escaped(JSON.stringify(manifest, null, 2))}</pre>`);
  const what = `${plan.experiments.length} experiments, ${plan.runs} runs each${plan.quick ? ", quick" : ""}, seed ${plan.seed}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>mmaplab: experiments</title><meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body><h1>Experiments of memory mapping, rerun</h1><p>${escaped(what)}</p>
${parts.join("\n")}
<h2>Machines</h2>${manifests.join("\n")}
</body></html>
`;
}
