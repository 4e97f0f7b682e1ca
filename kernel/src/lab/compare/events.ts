/** Compares what the kernel and the model answered to an operation. */
import { PAGE_SIZE } from "../../abi/index.js";
import type { Operation, Result } from "../../model/index.js";
import type { ComparisonRow } from "../../views/index.js";
import type { AddressRange } from "../foreign.js";
import { hex } from "../hex.js";
import type { PairEvent } from "../pair.js";
import { inProcess, processName } from "../processes/process-table.js";
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
  const at = rangeOf(operation);
  const rows: ComparisonRow[] = [];
  const [ended, saidToEnd] = [outcomeText(kernel), outcomeText(model)];
  rows.push(row(`${what}: outcome`, ended, saidToEnd, () => reachesTheRuntime(operation) ?? whyDifferent(lab, at, { kind: "outcome" })));
  const minor = kernel.counts.minor - model.counts.minor;
  const major = kernel.counts.major - model.counts.major;
  const whyFaults = () => reachesTheRuntime(operation) ?? whyDifferent(lab, at, { kind: "faults", minor, major });
  rows.push(row(`${what}: faults`, countsText(kernel), countsText(model), whyFaults));
  if (kernel.seen?.kind === "mincore" && model.seen?.kind === "mincore") {
    const [real, said] = [bits(kernel.seen.pages), bits(model.seen.pages)];
    rows.push(
      row(`${what}: pages in memory`, real, said, () => whyDifferent(lab, at, { kind: "residency", filePagesOnly: covers(real, said) })),
    );
  }
  return rows;
}

/** The reason where a call reaches all that the process has mapped; null for others. */
function reachesTheRuntime({ op }: Operation): string | null {
  return op === "mlockall"
    ? "mlockall locks Node's own memory too, under the same limit, and the model counts the lab's mappings only"
    : null;
}

/** Where an operation works; null where it has no address. */
function rangeOf(operation: Operation): AddressRange | null {
  if (!("at" in operation)) return null;
  const { at } = operation;
  if (operation.op === "touch") {
    const reach = BigInt((operation.count ?? 1) - 1) * BigInt(operation.stride ?? PAGE_SIZE);
    return reach < 0n ? { start: at + reach, end: at + 1n } : { start: at, end: at + reach + 1n };
  }
  return "length" in operation && operation.length !== undefined
    ? { start: at, end: at + BigInt(operation.length) }
    : { start: at, end: at + 1n };
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
  const who = inProcess(lab.process);
  if (operation.op === "fork" || operation.op === "wait") return `${operation.op} ${processName(operation.child)}${who}`;
  if (operation.op !== "touch") return `${operation.op}${place}${who}`;
  const count = operation.count ?? 1;
  return `${operation.access} ${String(count)} ${count === 1 ? "page" : "pages"} from${place}${who}`;
}
