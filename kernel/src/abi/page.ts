/** Bytes in a page on x86-64, the unit of mapping, protection and residency. */
export const PAGE_SIZE = 4096;

/** log2 of {@link PAGE_SIZE}: `address >> PAGE_SHIFT` is a page number. */
export const PAGE_SHIFT = 12;

/**
 * One past the highest address a process may map on x86-64 with four page-table levels: 2^47 minus one page.
 * (`TASK_SIZE_MAX` in arch/x86/include/asm/page_64.h.)
 */
export const TASK_SIZE = 0x7fff_ffff_f000n;
