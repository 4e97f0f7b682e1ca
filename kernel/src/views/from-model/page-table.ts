/** The walk through the page table for an address, as a view. */
import type { Model, ProcessId } from "../../model/index.js";
import { hex } from "../address.js";
import type { PageTableView } from "../page-table-view.js";
import { PAGE_SIZE } from "./page-size.js";

/**
 * @param address any address a process can have
 * @param place the address in words
 * @param process whose page table it is; the first process unless told
 * @throws Error where no process can have the address
 */
export function pageTableView(model: Model, address: bigint, place: string, process?: ProcessId): PageTableView {
  const { levels, entry } = model.walk(address, process);
  return {
    kind: "pageTable",
    title: `Page table walk for ${place}`,
    pageSize: PAGE_SIZE,
    address: hex(address),
    place,
    levels: levels.map(({ level, index, entryBytes, table, flags }) => ({ level, index, entryBytes: Number(entryBytes), table, flags })),
    entry:
      entry === null
        ? null
        : {
            level: entry.level,
            holds: entry.kind,
            flags: entry.flags,
            frame: entry.frame,
            value: entry.value === null ? null : hex(entry.value),
            exclusive: entry.exclusive,
          },
  };
}
