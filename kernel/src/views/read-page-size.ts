/** Checks the page size of a view. */
import { Malformed, type Reader } from "./reader.js";

/** @returns bytes in a page */
export function readPageSize(view: Reader): number {
  const pageSize = view.field("pageSize").integer(512, 2 ** 30);
  if (!Number.isInteger(Math.log2(pageSize))) throw new Malformed(`${view.where}.pageSize is ${pageSize}, which is not a power of two.`);
  return pageSize;
}
