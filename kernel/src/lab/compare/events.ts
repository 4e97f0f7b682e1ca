/** Compares what the kernel and the model answered to an operation. */
import { MAP, PAGE_SIZE } from "../../abi/index.js";
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
 * @param around says what lies where
 */
export function eventRows({ operation, kernel, model }: PairEvent, around: Surroundings): ComparisonRow[] {
  if (kernel === null) return [];
  // What mmap has just mapped is the lab's, even where the model refused it and does not have it.
  const lab = operation.op === "mmap" && kernel.outcome.kind === "value" ? { ...around, foreignIn: () => [] } : around;
  const what = describe(operation, lab);
  const at = rangeOf(operation, kernel);
  const rows: ComparisonRow[] = [];
  const [ended, saidToEnd] = [outcomeText(kernel), outcomeText(model)];
  rows.push(
    row(
      `${what}: outcome`,
      ended,
      saidToEnd,
      () => reachesTheRuntime(operation) ?? whyDifferent(lab, at, { kind: "outcome", op: operation.op }),
    ),
  );
  const minor = kernel.counts.minor - model.counts.minor;
  const major = kernel.counts.major - model.counts.major;
  const whyFaults = () => reachesTheRuntime(operation) ?? whyDifferent(lab, at, { kind: "faults", minor, major });
  rows.push(row(`${what}: faults`, countsText(kernel), countsText(model), whyFaults));
  if (kernel.seen?.kind === "mincore" && model.seen?.kind === "mincore") {
    const [real, said] = [bits(kernel.seen.pages), bits(model.seen.pages)];
    rows.push(
      row(`${what}: pages in memory`, real, said, () =>
        whyDifferent(lab, at, { kind: "residency", filePages: covers(real, said) ? "more" : "other" }),
      ),
    );
  }
  if (operation.op === "touch" && kernel.seen?.kind === "bytes" && model.seen?.kind === "bytes" && at !== null && lab.knowsBytes(at))
    rows.push(bytesRow(`${what}: bytes`, kernel.seen.bytes, model.seen.bytes, () => whyDifferent(lab, at, { kind: "bytes" })));
  return rows;
}

function bytesRow(what: string, real: Uint8Array, said: Uint8Array, why: () => string | null): ComparisonRow {
  const byte = real.findIndex((value, index) => value !== said[index]);
  const text = `${String(real.length)} bytes read`;
  if (byte < 0) return row(what, text, text, why);
  const of = (bytes: Uint8Array): string => `${text}, of touch ${String(byte + 1)} ${String(bytes[byte] ?? "none")}`;
  return row(what, of(real), of(said), why);
}

/** The reason where a call reaches all that the process has mapped; null for others. */
function reachesTheRuntime({ op }: Operation): string | null {
  return op === "mlockall"
    ? "mlockall locks Node's own memory too, under the same limit, and the model counts the lab's mappings only"
    : null;
}

/** Where an operation works; null where it has no address, or did not get the one it would have had. */
function rangeOf(operation: Operation, { outcome }: Result): AddressRange | null {
  if (!("at" in operation)) return null;
  if (operation.op === "mmap") {
    const fixed = (operation.flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0;
    const at = outcome.kind === "value" ? outcome.value : operation.at;
    return fixed || outcome.kind === "value" ? { start: at, end: at + operation.length } : null;
  }
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
