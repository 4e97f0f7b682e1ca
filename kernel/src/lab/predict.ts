/** `predict`: runs calls on a copy of the model alone, before anything real happens. */
import { Errno } from "../linux/index.js";
import type { FigureView } from "../views/index.js";
import { faultsView } from "./observation/fault-columns.js";
import { joined, mappingsView, snapshot } from "./observation/mappings.js";
import { Observation } from "./observe.js";
import { Signal } from "./signal.js";
import { theLab } from "./the-lab.js";

/**
 * Says what `body` would do. Every call goes to a copy of the model; the kernel is not asked, and nothing stays.
 * Mappings made inside exist only there. Calls on existing mappings work on the copy.
 * @param body calls of mmap and its family; not async
 * @param title heads the figures
 * @returns the prediction: faults and their reasons, mappings, `value`, what `body` returned, and `error`, the Errno or
 *   Signal it would end with
 */
export function predict<T>(body: () => T, title = "prediction"): Observation<T | undefined> {
  if (typeof body !== "function") throw new TypeError("predict: give a function that makes the calls: predict(() => m.touch())");
  const lab = theLab();
  if (lab.world.kind === "prediction") throw new Error("predict: a prediction cannot be made inside another one");
  const world = lab.predictedWorld();
  const label = (address: bigint): string | null => lab.labels.holding(address)?.label ?? null;
  const rangesBefore = joined(lab.ownRanges(world));
  const before = [snapshot("model", world.model, rangesBefore, label)];
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
  const after = [snapshot("model", world.model, joined([...rangesBefore, ...lab.ownRanges(world)]), label)];
  const views: FigureView[] = [mappingsView(`Mappings: ${title}`, before, after)];
  const faults = faultsView(`Page faults: ${title}`, world.events, after[0]?.vmas ?? []);
  if (faults !== null) views.push(faults);
  const note = error === null ? {} : { note: `This would end with ${error.message}` };
  return new Observation(title, value, error, world.events, { kind: "observation", title, views, ...note });
}
