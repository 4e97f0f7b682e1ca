/** Which index an address space gets: the one asked for, or the one of the kernel release that is modelled. */
import { StepLog } from "./index-steps.js";
import { ListAvlIndex } from "./list-avl-index.js";
import { ListIndex } from "./list-index.js";
import { MapleIndex } from "./maple-index.js";
import { RbIndex } from "./rb-index.js";
import type { IndexKind, VmaIndex } from "./vma-index.js";

/** An empty index. @param recordSteps whether it keeps what it does to itself */
export function newIndex(kind: IndexKind, recordSteps: boolean): VmaIndex {
  const steps = new StepLog(recordSteps);
  switch (kind) {
    case "list":
      return new ListIndex(steps);
    case "list+avl":
      return new ListAvlIndex(steps);
    case "rb":
      return new RbIndex(steps);
    case "maple":
      return new MapleIndex(steps);
  }
}
