/** `predict`: runs calls on a copy of the model alone, before anything real happens. */
import { describe, string } from "../linux/arguments.js";
import { Errno } from "../linux/index.js";
import type { ProcessId } from "../model/index.js";
import type { FigureView } from "../views/index.js";
import { faultsView } from "./observation/fault-columns.js";
import { joined, mappingsView, snapshot, type Snapshot } from "./observation/mappings.js";
import { eventsOf, processesShown } from "./observation/processes.js";
import { Observation } from "./observe.js";
import { changesTable } from "./other-kernel.js";
import { inProcess } from "./processes/process-table.js";
import { Signal } from "./signal.js";
import { theLab } from "./the-lab.js";
import { ProcessWorld, within } from "./world.js";

/** How a prediction is made and shown. */
export interface PredictOptions {
  /** Heads the figures. */
  readonly title?: string;
  /**
   * The kernel release whose rules are followed, e.g. "5.10" or "7.3.4"; the live kernel's unless told. "linux-2.4" and
   * "linux-2.6" change only which index and struct are displayed.
   */
  readonly kernel?: string;
}

/**
 * Says what `body` would do. Every call goes to a copy of the model; the kernel is not asked, and nothing stays.
 * Mappings made inside exist only there. Calls on existing mappings work on the copy.
 * @param body calls of mmap and its family; not async
 * @param options a title for the figures; or which kernel release to ask: then a table shows what changes
 * @returns the prediction: faults and their reasons, mappings, `value`, what `body` returned, and `error`, the Errno or
 *   Signal it would end with
 */
export function predict<T>(body: () => T, options: string | PredictOptions = {}): Observation<T | undefined> {
  if (typeof options !== "string" && (typeof options !== "object" || options === null))
    throw new TypeError(`predict: the second argument is a title or options such as { kernel: "5.10" }, not ${describe(options)}`);
  const { title = "prediction", kernel } = typeof options === "string" ? { title: options } : options;
  string("predict: title", title);
  if (kernel !== undefined) string("predict: kernel", kernel);
  if (typeof body !== "function") throw new TypeError("predict: give a function that makes the calls: predict(() => m.touch())");
  const lab = theLab();
  if (lab.world.kind === "prediction") throw new Error("predict: a prediction cannot be made inside another one");
  const world = lab.predictedWorld(kernel);
  const here = kernel === undefined ? null : lab.predictedWorld().model;
  const look = (process: ProcessId): Snapshot => {
    const label = (address: bigint): string | null => lab.labels.holding(address, process)?.label ?? null;
    const ranges = world.model.running.includes(process) ? joined(lab.ownRanges(new ProcessWorld(world, process))) : [];
    return snapshot("model", within(world.model, process), ranges, label, (name) => lab.descriptors.nameOfFile(name));
  };
  const before = new Map(world.model.running.map((process) => [process, look(process)]));
  let value: T | undefined;
  let error: Errno | Signal | null = null;
  try {
    value = lab.within(world, body);
  } catch (thrown) {
    if (!(thrown instanceof Errno || thrown instanceof Signal)) throw thrown;
    error = thrown;
  } finally {
    world.close();
  }
  if (value instanceof Promise) {
    value.catch(() => undefined);
    throw new TypeError("predict: the function must not be async: a prediction is over when it returns");
  }
  const views: FigureView[] = [];
  for (const process of processesShown([...before.keys(), ...world.model.running], world.events)) {
    const [was, is] = [before.get(process), look(process)];
    views.push(mappingsView(`Mappings${inProcess(process)}: ${title}`, was === undefined ? [] : [was], [is]));
    const faults = faultsView(`Page faults${inProcess(process)}: ${title}`, eventsOf(process, world.events), is.vmas);
    if (faults !== null) views.push(faults);
  }
  if (here !== null) views.push(changesTable(world.events, world.model, here, (address) => lab.place(address)));
  const note = error === null ? {} : { note: `This would end with ${error.message}` };
  return new Observation(title, value, error, world.events, { kind: "observation", title, views, ...note });
}
