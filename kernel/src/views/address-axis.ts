/**
 * An axis of pages that leaves the holes of an address space out. Mappings lie terabytes apart, so an axis to scale
 * would show nothing: each group of neighbouring mappings becomes a segment drawn to scale, and a long hole becomes a
 * break of fixed width.
 */
import type { PageSpan } from "./address.js";

export type { PageSpan } from "./address.js";

/** A stretch of pages drawn to scale. */
export interface AxisSegment extends PageSpan {
  /** Where `start` lies on the axis, in pages from its left end. */
  readonly at: number;
}

/** A hole that is not drawn to scale. */
export interface AxisBreak {
  readonly at: number;
  /** Width on the axis, in pages. */
  readonly width: number;
  /** How many pages were left out. */
  readonly pages: number;
}

/** The axis, and where pages lie on it. */
export interface AddressAxis {
  readonly segments: readonly AxisSegment[];
  readonly breaks: readonly AxisBreak[];
  /** Length of the axis, in pages. */
  readonly length: number;
  /** Where the left edge of a page lies. A page inside a break lies in the middle of it. */
  position(page: number): number;
  /** The page whose left edge lies at or before a position; the inverse of {@link position}, for places outside breaks. */
  pageAt(position: number): number;
}

/** A hole is drawn to scale up to this share of all mapped pages. */
const HOLE_TO_SCALE_SHARE = 0.25;
/** The share of the mapped pages that a break is wide. */
const BREAK_SHARE = 0.06;

/**
 * Builds the axis that shows the given spans, which may overlap and come in any order.
 * With no span at all the axis is one page long, so that an empty figure still has a scale.
 */
export function addressAxis(spans: readonly PageSpan[]): AddressAxis {
  const islands = union(spans);
  const mapped = islands.reduce((sum, island) => sum + island.end - island.start, 0);
  const stretches = joinOverShortHoles(islands, Math.max(1, mapped * HOLE_TO_SCALE_SHARE));
  const breakWidth = Math.max(0.5, mapped * BREAK_SHARE);

  const segments: AxisSegment[] = [];
  const breaks: AxisBreak[] = [];
  let at = 0;
  for (const stretch of stretches) {
    const previous = segments.at(-1);
    if (previous) {
      breaks.push({ at, width: breakWidth, pages: stretch.start - previous.end });
      at += breakWidth;
    }
    segments.push({ ...stretch, at });
    at += stretch.end - stretch.start;
  }
  const length = Math.max(1, at);
  return {
    segments,
    breaks,
    length,
    position: (page) => positionOn(segments, breaks, page),
    pageAt: (position) => pageOn(segments, position),
  };
}

/** The union of spans, sorted, touching ones joined. */
function union(spans: readonly PageSpan[]): PageSpan[] {
  return joinOverShortHoles(
    [...spans].sort((a, b) => a.start - b.start),
    0,
  );
}

/** Joins sorted spans whose distance is at most `longest` pages. */
function joinOverShortHoles(sorted: readonly PageSpan[], longest: number): PageSpan[] {
  const joined: PageSpan[] = [];
  for (const span of sorted) {
    const last = joined.at(-1);
    if (last && span.start - last.end <= longest) joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    else joined.push({ start: span.start, end: span.end });
  }
  return joined;
}

function positionOn(segments: readonly AxisSegment[], breaks: readonly AxisBreak[], page: number): number {
  // The last segment that starts at or before the page.
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.start ?? Infinity) <= page) low = middle + 1;
    else high = middle;
  }
  const segment = segments[low - 1];
  if (!segment) return 0;
  if (page <= segment.end) return segment.at + page - segment.start;
  const hole = breaks[low - 1];
  return hole ? hole.at + hole.width / 2 : segment.at + segment.end - segment.start;
}

/** Places left of the axis are its first page, places in a break or right of the axis the end of the segment before. */
function pageOn(segments: readonly AxisSegment[], position: number): number {
  const segment = segments.findLast(({ at }) => at <= position) ?? segments[0];
  if (!segment) return 0;
  return Math.min(segment.end, segment.start + Math.max(0, Math.floor(position - segment.at)));
}
