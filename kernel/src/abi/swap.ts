/** Constants of `<sys/swap.h>` (include/linux/swap.h). */

/** `flags` of swapon(2). */
export const SWAP_FLAG = Object.freeze({
  /** The priority is given in the low 15 bits. */
  PREFER: 0x8000,
  /** Mask of the priority. */
  PRIO_MASK: 0x7fff,
  /** Where the priority starts. */
  PRIO_SHIFT: 0,
  /** Discard freed pages on the device. */
  DISCARD: 0x10000,
  /** Discard the whole area once, at swapon. */
  DISCARD_ONCE: 0x20000,
  /** Discard freed pages in groups. */
  DISCARD_PAGES: 0x40000,
});
