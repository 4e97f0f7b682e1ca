/** Fault totals and the first faults of each source. */
import { addressOfPage, pageOfAddress } from "../address.js";
import { ACCESS_BY_LETTER, FAULT_KIND_BY_LETTER, listedFaults } from "../fault-letters.js";
import { printable } from "../printable.js";
import { formatNs } from "../units.js";
import type { FaultColumns, FaultsView } from "../view.js";
import { VmaIndex, vmaName } from "../vma-names.js";
import { alignedColumns } from "./columns.js";

const MOST_FAULTS = 8;

export function faultsText(view: FaultsView): string[] {
  const vmas = new VmaIndex(view.vmas, view.pageSize);
  return view.sources.flatMap((source) => [
    totals(source),
    ...alignedColumns(firstFaults(view, source, vmas), [0]).map((line) => `  ${line}`),
    ...(source.page.length > MOST_FAULTS ? [`  ... and ${source.page.length - MOST_FAULTS} more`] : []),
  ]);
}

function totals(source: FaultColumns): string {
  const listed = listedFaults(source);
  const parts = [`${source.minor} minor`, `${source.major} major`];
  if (listed.signal > 0) parts.push(`${listed.signal} ended in a signal`);
  const unlisted = source.minor + source.major - listed.minor - listed.major;
  if (unlisted > 0) parts.push(`${unlisted} of them not listed`);
  if (source.lost > 0) parts.push(`${source.lost} lost by the instrument`);
  const seenBy = source.instrument === source.source ? "" : ` (${printable(source.instrument, 60)})`;
  return `${source.source}${seenBy}: ${parts.join(", ")}`;
}

function firstFaults(view: FaultsView, source: FaultColumns, vmas: VmaIndex): string[][] {
  const basePage = pageOfAddress(view.base, view.pageSize);
  return source.page.slice(0, MOST_FAULTS).map((page, index) => {
    const vma = vmas.at(basePage + page);
    const at = source.atNs?.[index];
    const took = source.tookNs?.[index];
    return [
      String(index),
      at === undefined ? "" : `at ${formatNs(at)}`,
      addressOfPage(basePage + page, view.pageSize),
      vma ? vmaName(vma) : "not mapped",
      ACCESS_BY_LETTER[source.access[index] ?? ""] ?? "",
      FAULT_KIND_BY_LETTER[source.faultKind[index] ?? ""] ?? "",
      took === undefined ? "" : `took ${formatNs(took)}`,
      printable(source.reasons[source.reason?.[index] ?? -1] ?? "", 120),
    ];
  });
}
