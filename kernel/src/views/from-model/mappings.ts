/** The mappings of a model as views. */
import type { Model, ProcessId } from "../../model/index.js";
import { hex } from "../address.js";
import type { VmaView } from "../view.js";
import { PAGE_SIZE } from "./page-size.js";

/** Pages whose state is listed one by one; a larger VMA is shown without. */
const MOST_PAGES = 65_536;

/** VMAs listed; of more, the lowest are. */
const MOST_VMAS = 2000;

/**
 * The VMAs of a process with the state of each page; none of a process that has ended, and none that are not the lab's.
 * @param label names the mapping at an address, or null
 */
export function modelVmas(model: Model, process: ProcessId, label: (address: bigint) => string | null): VmaView[] {
  if (!model.running.includes(process)) return [];
  const vmas = model.vmas(process).filter(({ foreign }) => !foreign);
  return vmas.slice(0, MOST_VMAS).map(({ start, end, perms, offset, object }): VmaView => {
    const name = label(start);
    const view = { start: hex(start), end: hex(end), perms, offset: hex(offset), object, ...(name !== null && { label: name }) };
    if ((end - start) / BigInt(PAGE_SIZE) > BigInt(MOST_PAGES)) return view;
    const { states, dirty } = model.pages(start, end - start, process);
    return { ...view, pages: states, dirty };
  });
}
