/** The pages that a faults figure must have on its axis. */
import { pageOfAddress, spanOf, type PageSpan } from "./address.js";
import type { FaultsView } from "./view.js";
import { VmaIndex } from "./vma-names.js";

/** The spans of the VMAs, and those of faults that lie in none of them. There may be a million faults. */
export function faultSpans(view: FaultsView): PageSpan[] {
  const basePage = pageOfAddress(view.base, view.pageSize);
  const vmas = new VmaIndex(view.vmas, view.pageSize);
  const outside: number[] = [];
  let inside: PageSpan = { start: 0, end: 0 };
  for (const { page: pages } of view.sources) {
    for (const relative of pages) {
      const page = basePage + relative;
      if (page >= inside.start && page < inside.end) continue;
      const vma = vmas.at(page);
      if (vma) inside = spanOf(vma, view.pageSize);
      else outside.push(page);
    }
  }
  return [...view.vmas.map((vma) => spanOf(vma, view.pageSize)), ...runsOf(Float64Array.from(outside).sort())];
}

/** Sorted pages as spans of neighbours. */
function runsOf(pages: Float64Array): PageSpan[] {
  const spans: PageSpan[] = [];
  let start = NaN;
  let end = NaN;
  for (const page of pages) {
    if (page < end) continue;
    if (page === end) end += 1;
    else {
      if (!Number.isNaN(start)) spans.push({ start, end });
      start = page;
      end = page + 1;
    }
  }
  if (!Number.isNaN(start)) spans.push({ start, end });
  return spans;
}
