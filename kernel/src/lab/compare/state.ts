/** Compares the state the kernel and the model are in: VMAs, residency and contents of the lab's ranges. */
import { PAGE_SIZE } from "../../abi/index.js";
import type { Executor } from "../../model/index.js";
import type { ComparisonRow, VmaView } from "../../views/index.js";
import type { AddressRange } from "../foreign.js";
import { hex } from "../hex.js";
import { snapshot } from "../observation/mappings.js";
import { inProcess } from "../processes/process-table.js";
import { row } from "./rows.js";
import { whyDifferent, type Surroundings } from "./surroundings.js";

/** Pages whose bytes are compared; beyond that the line says how many were. */
const MOST_COMPARED_PAGES = 4096;

/**
 * Lines for the VMAs, the residency and the bytes of each range.
 * @param kernel answers for the process on the live kernel
 * @param model answers for the process in the model
 * @param ranges the lab's, joined
 * @param lab says what lies where
 */
export function stateRows(kernel: Executor, model: Executor, ranges: readonly AddressRange[], lab: Surroundings): ComparisonRow[] {
  return ranges.flatMap((range) => {
    const where = `${lab.place(range.start)}, ${String((range.end - range.start) / BigInt(PAGE_SIZE))} pages${inProcess(lab.process)}`;
    const real = snapshot("kernel", kernel, [range], () => null).vmas;
    const said = snapshot("model", model, [range], () => null).vmas;
    const [realPages, saidPages] = [letters(real), letters(said)];
    const filePages = filePagesOf(realPages, saidPages);
    const rows = [
      row(`VMAs at ${where}`, lines(real, lab), lines(said, lab), () => whyDifferent(lab, range, { kind: "VMAs" })),
      row(`page table at ${where}`, realPages, saidPages, () => whyDifferent(lab, range, { kind: "residency", filePages })),
    ];
    return [...rows, bytesRow(kernel, model, where, range, commonPages(real, saidPages), lab)];
  });
}

/** How often a page is mapped (upper case) may depend on processes the model does not know; it is not compared. */
function letters(vmas: readonly VmaView[]): string {
  return vmas.map(({ pages }) => (pages ?? "").replaceAll("F", "f").replaceAll("A", "a")).join("");
}

/** Whether the kernel has only more, or only fewer, pages of a file in the page table than the model. */
function filePagesOf(real: string, said: string): "more" | "fewer" | "other" {
  if (real.length !== said.length) return "other";
  const adds = (some: string, others: string): boolean =>
    [...some].every((letter, index) => letter === others[index] || (letter === "f" && others[index] === "."));
  if (adds(real, said)) return "more";
  return adds(said, real) ? "fewer" : "other";
}

function lines(vmas: readonly VmaView[], lab: Surroundings): string {
  const name = (object: string | null): string => (object === null ? "(anonymous)" : lab.nameOfFile(object));
  return vmas.map(({ start, end, perms, offset, object }) => `${start}-${end} ${perms} ${offset} ${name(object)}`).join("; ");
}

/** Addresses of readable pages that are present on both sides, so that looking at their bytes takes no fault. */
function commonPages(real: readonly VmaView[], said: string): bigint[] {
  let index = 0;
  return real.flatMap(({ start, perms, pages = "" }) =>
    [...pages].flatMap((letter, page) => {
      const other = said[index++] ?? ".";
      const present = !".gs".includes(letter) && !".gs".includes(other);
      return present && /[rwx]/.test(perms) ? [BigInt(start) + BigInt(page * PAGE_SIZE)] : [];
    }),
  );
}

function bytesRow(
  kernel: Executor,
  model: Executor,
  where: string,
  range: AddressRange,
  resident: readonly bigint[],
  lab: Surroundings,
): ComparisonRow {
  const known = resident.filter((at) => lab.knowsBytes({ start: at, end: at + BigInt(PAGE_SIZE) }));
  const compared = known.slice(0, MOST_COMPARED_PAGES);
  const wrong = compared.filter((at) => !sameBytes(kernel, model, at));
  const of = known.length > compared.length ? ` (the first of ${String(known.length)})` : "";
  const unread = resident.length - known.length;
  const left = unread === 0 ? "" : `; ${String(unread)} not compared, since they were not in memory when the lab read their file`;
  const text = `${String(compared.length)} pages${of}${left}`;
  const said = wrong[0] === undefined ? text : `${String(wrong.length)} of them hold other bytes, the first at ${hex(wrong[0])}`;
  return row(`bytes of resident pages at ${where}`, text, said, () => whyDifferent(lab, range, { kind: "bytes" }));
}

function sameBytes(kernel: Executor, model: Executor, at: bigint): boolean {
  const real = bytesAt(kernel, at);
  const said = bytesAt(model, at);
  return real.length === said.length && real.every((byte, index) => byte === said[index]);
}

function bytesAt(executor: Executor, at: bigint): Uint8Array {
  const { seen } = executor.run({ op: "peek", at, length: PAGE_SIZE });
  return seen?.kind === "bytes" ? seen.bytes : new Uint8Array();
}
