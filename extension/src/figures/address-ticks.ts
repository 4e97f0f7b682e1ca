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
 */
export function addressTicks(axis: AddressAxis, pageSize: number, room: number): AddressTick[] {
  const ticks: AddressTick[] = [];
  let free = -Infinity;
  axis.segments.forEach((segment, index) => {
    if (segment.at < free) return;
    ticks.push({ at: segment.at, page: segment.start, text: addressOfPage(segment.start, pageSize) });
    free = segment.at + room;
    const end = axis.segments[index + 1]?.at ?? axis.length + room / 2;
    const step = powerOfTwoAtLeast(room);
    for (let page = step; page <= segment.end - segment.start; page += step) {
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
