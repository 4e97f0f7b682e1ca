/** Where an axis of addresses is labelled. */
import { addressOfPage, type AddressAxis } from "mmaplab/views";

/** A labelled place on an address axis. */
export interface AddressTick {
  readonly at: number;
  readonly page: number;
  readonly text: string;
}

/**
 * Labels the start of every segment with its address, and places within a segment with their distance from it, as far
 * as there is room.
 * @param room least distance between two labels, in pages of the axis
 * @param window the part that is looked at; all of the axis unless told. A segment that began before it is labelled
 *   with an address at its edge.
 */
export function addressTicks(
  axis: AddressAxis,
  pageSize: number,
  room: number,
  window: readonly [number, number] = [0, axis.length],
): AddressTick[] {
  const ticks: AddressTick[] = [];
  const [low, high] = window[0] <= window[1] ? window : [window[1], window[0]];
  let free = -Infinity;
  axis.segments.forEach((segment, index) => {
    const end = axis.segments[index + 1]?.at ?? axis.length + room / 2;
    const length = segment.end - segment.start;
    if (segment.at + length < low || segment.at > high || segment.at < free) return;
    const step = powerOfTwoAtLeast(room);
    // The first label is an address; the others count from the start of the segment.
    const first = segment.at >= low ? 0 : Math.ceil((low - segment.at) / step) * step;
    if (first > length) return;
    ticks.push({ at: segment.at + first, page: segment.start + first, text: addressOfPage(segment.start + first, pageSize) });
    free = segment.at + first + room;
    for (let page = first + step; page <= length && segment.at + page <= high; page += step) {
      const at = segment.at + page;
      if (at < free || at > end - room) continue;
      ticks.push({ at, page: segment.start + page, text: `+0x${(page * pageSize).toString(16)}` });
      free = at + room;
    }
  });
  return ticks;
}

function powerOfTwoAtLeast(value: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(value)));
}
