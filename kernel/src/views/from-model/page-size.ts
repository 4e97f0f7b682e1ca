/** Bytes in a page of the model. */
export const PAGE_SIZE = 4096;
