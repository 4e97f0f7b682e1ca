/** How long the guided notebooks run unattended, each by itself and all in a row. */
import { executeNotebook, readNotebook } from "../labs/execute-notebook.mjs";
import { GUIDED, guidedNotebooks, pathOf } from "../labs/guided-notebooks.mjs";
import { benchRecord } from "./record.mjs";

const MOST_SECONDS = 600;

/**
 * @param {(line: string) => void} report tells what is being measured
 * @returns {AsyncGenerator<import("./record.mjs").BenchRecord>}
 */
export async function* benchLabs(report) {
  let course = 0;
  for (const name of guidedNotebooks) {
    report(`labs: ${name} ...`);
    const { seconds } = await executeNotebook(readNotebook(pathOf(name)), { folder: GUIDED });
    course += seconds;
    yield benchRecord({ bench: "labs", name, unit: "s", value: seconds });
  }
  yield benchRecord({
    bench: "labs",
    name: "whole course",
    unit: "s",
    value: course,
    target: { words: "< 600 s", isMet: () => course < MOST_SECONDS },
  });
}
