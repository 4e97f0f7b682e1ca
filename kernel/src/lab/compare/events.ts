/** Compares what the kernel and the model answered to an operation. */
import type { Operation, Result } from "../../model/index.js";
import type { ComparisonRow } from "../../views/index.js";
import { hex } from "../hex.js";
import type { PairEvent } from "../pair.js";
import { row } from "./rows.js";
import { whyDifferent, type Surroundings } from "./surroundings.js";

/**
 * One line for each thing that was compared: how the operation ended, its fault counts, and what it returned.
 * @param event from the live pair; a prediction has nothing to compare and gives no line
 * @param lab says what lies where
 */
export function eventRows({ operation, kernel, model }: PairEvent, lab: Surroundings): ComparisonRow[] {
  if (kernel === null) return [];
  const what = describe(operation, lab);
  const at = "at" in operation ? operation.at : null;
  const rows: ComparisonRow[] = [];
  const [ended, saidToEnd] = [outcomeText(kernel), outcomeText(model)];
  rows.push(row(`${what}: outcome`, ended, saidToEnd, () => whyDifferent(lab, at, { kind: "outcome" })));
  const minor = kernel.counts.minor - model.counts.minor;
  const major = kernel.counts.major - model.counts.major;
  rows.push(row(`${what}: faults`, countsText(kernel), countsText(model), () => whyDifferent(lab, at, { kind: "faults", minor, major })));
  if (kernel.seen?.kind === "mincore" && model.seen?.kind === "mincore") {
    const [real, said] = [bits(kernel.seen.pages), bits(model.seen.pages)];
    rows.push(
      row(`${what}: pages in memory`, real, said, () => whyDifferent(lab, at, { kind: "residency", filePagesOnly: covers(real, said) })),
    );
  }
  return rows;
}

function outcomeText({ outcome }: Result): string {
  if (outcome.kind === "errno") return outcome.code;
  return outcome.kind === "signal" ? `${outcome.signal} (${outcome.code}) at ${hex(outcome.address)}` : "ok";
}

function countsText({ counts }: Result): string {
  return `${String(counts.minor)} minor, ${String(counts.major)} major`;
}

function bits(pages: Uint8Array): string {
  return Array.from(pages, (page) => String(page & 1)).join("");
}

/** Whether `real` has a 1 wherever `said` has one. */
function covers(real: string, said: string): boolean {
  return [...said].every((bit, index) => bit === "0" || real[index] === "1");
}

/** An operation in a few words, with the address named. */
function describe(operation: Operation, lab: Surroundings): string {
  const place = "at" in operation ? ` ${lab.place(operation.at)}` : "";
  if (operation.op !== "touch") return `${operation.op}${place}`;
  const count = operation.count ?? 1;
  return `${operation.access} ${String(count)} ${count === 1 ? "page" : "pages"} from${place}`;
}
