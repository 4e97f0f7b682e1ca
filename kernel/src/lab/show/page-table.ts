/** The walk through the page table for an address, as a view. */
import { PAGE_SIZE } from "../../abi/index.js";
import { FIRST_PROCESS, type Model, type ProcessId } from "../../model/index.js";
import type { PageTableView } from "../../views/index.js";
import { hex } from "../hex.js";

/**
 * @param address any address a process can have
 * @param place the address in words
 * @param process whose page table it is
 * @throws Error where no process can have the address
 */
export function pageTableView(model: Model, address: bigint, place: string, process: ProcessId = FIRST_PROCESS): PageTableView {
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
