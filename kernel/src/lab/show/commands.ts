/** What `lab.index`, `lab.pageTable` and `lab.sharing` do: they draw the model's state, of the prediction inside `predict`. */
import { address as checkAddress } from "../../linux/arguments.js";
import { FIRST_PROCESS, type ProcessId } from "../../model/index.js";
import { pageTableView, type IndexView, type PageTableView, type SharedMemoryView } from "../../views/index.js";
import type { AddressLike, Lab } from "../lab.js";
import { Mapping } from "../mapping.js";
import { inProcess } from "../processes/process-table.js";
import { indexView, type IndexOptions } from "./index-view.js";
import { sharedMemoryView } from "./sharing.js";
import { Shown } from "./shown.js";

function addressOf(addr: AddressLike): bigint {
  return addr instanceof Mapping ? addr.addr : checkAddress("addr", addr);
}

/** @throws TypeError, RangeError where an argument is none */
export function showIndex(lab: Lab, addr: AddressLike | null, options: IndexOptions): Shown<IndexView> {
  if (typeof options !== "object" || options === null)
    throw new TypeError('lab.index: the options are an object such as { kind: "rb", steps: 8 }.');
  lab.requireOwnProcess("lab.index");
  return new Shown(indexView(lab.world.model, addr === null ? null : addressOf(addr), options));
}

/** @throws Error where the address is not the lab's, because the model does not follow other memory */
export function showPageTable(lab: Lab, addr: AddressLike): Shown<PageTableView> {
  const at = addressOf(addr);
  const { world } = lab;
  const own = lab.ownRanges(world).some(({ start, end }) => at >= start && at < end);
  const place = `${lab.place(at, world.process)}${inProcess(world.process)}`;
  if (!own && lab.vmaAt(at, lab.live.model.running.includes(world.process) ? world.process : FIRST_PROCESS) !== null)
    throw new Error(
      `lab.pageTable: ${place} is not the lab's memory, so the model does not follow it. Give an address of a mapping that a cell made.`,
    );
  return new Shown(pageTableView(world.model, at, place, world.process));
}

/** Never fails; with nothing mapped it shows that. */
export function showSharing(lab: Lab): Shown<SharedMemoryView> {
  const label = (address: bigint, process: ProcessId): string | null => lab.labels.holding(address, process)?.label ?? null;
  return new Shown(sharedMemoryView("Pages on shared page frames", lab.world.model, label));
}
