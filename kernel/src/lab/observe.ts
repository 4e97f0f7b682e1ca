/** `observe`: runs calls for real and shows what they did, with the model beside it. */
import { string } from "../linux/arguments.js";
import { FIRST_PROCESS, type Fault, type FaultCounts, type ProcessId } from "../model/index.js";
import type { FigureView, ObservationView } from "../views/index.js";
import type { AddressRange } from "./foreign.js";
import type { Lab } from "./lab.js";
import { eventRows } from "./compare/events.js";
import { comparisonView } from "./compare/rows.js";
import { faultsView } from "./observation/fault-columns.js";
import { latencyView } from "./observation/latency.js";
import { joined, mappingsView, snapshot, type Snapshot } from "./observation/mappings.js";
import { eventsOf, processesShown } from "./observation/processes.js";
import type { PairEvent } from "./pair.js";
import { inProcess } from "./processes/process-table.js";
import { DISPLAY, mimeBundle, publish } from "./publish.js";
import { theLab } from "./the-lab.js";
import { embedded } from "./trace/embed.js";
import { makeTrace } from "./trace/make-trace.js";
import { within } from "./world.js";

/** What an `observe` or a `predict` saw. Printed in a cell it draws its figures. */
export class Observation<T = unknown> {
  #shownIn: number | null = null;

  /** Made by `observe` and `predict`. */
  constructor(
    /** What heads the figures. */
    readonly title: string,
    /** What the observed function returned. */
    readonly value: T,
    /** For a prediction, the failure it would end with; null otherwise. */
    readonly error: Error | null,
    /** Every operation, in order, as the kernel and as the model answered it. */
    readonly events: readonly PairEvent[],
    /** The figures as data. */
    readonly view: ObservationView,
  ) {}

  /** Faults the kernel counted (ru_minflt, ru_majflt). Null for a prediction. */
  get kernel(): FaultCounts | null {
    const results = this.events.flatMap(({ kernel }) => kernel ?? []);
    return this.events.length > 0 && results.length === 0 ? null : total(results.map(({ counts }) => counts));
  }

  /** Faults the model counted. */
  get model(): FaultCounts {
    return total(this.events.map(({ model }) => model.counts));
  }

  /** Each fault: the kernel's, or the model's in a prediction. */
  get faults(): readonly Fault[] {
    return this.events.flatMap(({ kernel, model }) => (kernel ?? model).faults);
  }

  /** Shows it now, in the running cell. */
  show(): this {
    this.#shownIn = publish(this.view);
    return this;
  }

  /** What a cell shows when this is its last value: nothing if the same run of the cell has shown it already. */
  [DISPLAY](execution?: number): Record<string, unknown> | null {
    return execution !== undefined && execution === this.#shownIn ? null : mimeBundle(this.view);
  }
}

/**
 * Runs `body` and shows what it did to memory: the mappings before and after, every page fault, and how long msync and
 * fsync took, each as the kernel reported it with the model beside it. Where the two differ, it says so.
 *
 * If `body` throws, what happened until then is shown, and the error is thrown on.
 * @param title heads the figures
 * @param body calls of mmap and its family; may be async
 * @returns what was seen, with `value`, what `body` returned
 */
export function observe<T>(title: string, body: () => Promise<T>): Promise<Observation<T>>;
export function observe<T>(title: string, body: () => T): Observation<T>;
export function observe<T>(title: string, body: () => T | Promise<T>): Observation<T> | Promise<Observation<T>> {
  string("observe: title", title);
  if (typeof body !== "function")
    throw new TypeError('observe: give a title and a function that makes the calls: observe("touch", () => m.touch())');
  const lab = theLab();
  if (lab.world.kind === "prediction") throw new Error("observe: nothing real happens inside predict(). Use one or the other.");
  const observer = new Observer(lab, title);
  let value: T | Promise<T>;
  try {
    value = body();
  } catch (error) {
    observer.finish(undefined);
    throw error;
  }
  if (!(value instanceof Promise)) return observer.finish(value);
  return value.then(
    (settled) => observer.finish(settled),
    (error: unknown) => {
      observer.finish(undefined);
      throw error;
    },
  );
}

/** Watches the pair between a beginning and an end. */
class Observer {
  readonly #events: PairEvent[] = [];
  readonly #before: ReadonlyMap<ProcessId, Look>;
  readonly #stop: () => void;

  constructor(
    private readonly lab: Lab,
    private readonly title: string,
  ) {
    this.#before = new Map(lab.livingProcesses().map((process) => [process, this.#look(process)]));
    this.#stop = lab.live.listen((event) => this.#events.push(event));
  }

  finish<T>(value: T): Observation<T> {
    this.#stop();
    const events = this.#events;
    const views: FigureView[] = [];
    for (const process of processesShown([...this.#before.keys(), ...this.lab.livingProcesses()], events)) {
      const before = this.#before.get(process);
      const after = this.#look(process, before?.ranges);
      const own = eventsOf(process, events);
      views.push(mappingsView(`Mappings${inProcess(process)}: ${this.title}`, before?.snapshots ?? [], after.snapshots));
      const faults = faultsView(`Page faults${inProcess(process)}: ${this.title}`, own, after.snapshots[0]?.vmas ?? []);
      if (faults !== null) views.push(faults);
    }
    const latency = latencyView(`Latency: ${this.title}`, events);
    if (latency !== null) views.push(latency);
    const differences = events
      .flatMap((event) => eventRows(event, this.lab.around(event.operation.process ?? FIRST_PROCESS)))
      .filter(({ verdict }) => verdict !== "equal");
    if (differences.length > 0) views.push(comparisonView(`Model and kernel differ: ${this.title}`, differences));
    const trace = makeTrace(this.lab, this.title, events);
    const view: ObservationView = { kind: "observation", title: this.title, views, ...(trace !== null && { trace: embedded(trace) }) };
    return new Observation(this.title, value, null, events, view).show();
  }

  /** @param besides ranges that were the lab's before */
  #look(process: ProcessId, besides: readonly AddressRange[] = []): Look {
    const { kernel, live, labels, descriptors } = this.lab;
    descriptors.learn();
    const label = (address: bigint): string | null => labels.holding(address, process)?.label ?? null;
    const runs = this.lab.livingProcesses().includes(process);
    const ranges = runs ? joined([...besides, ...this.lab.around(process).ownRanges()]) : [];
    const snapshots = [
      snapshot("kernel", within(kernel, process), ranges, label),
      snapshot("model", within(live.model, process), ranges, label, (name) => descriptors.nameOfFile(name)),
    ];
    return { ranges, snapshots };
  }
}

/** The lab's mappings of one process at one moment, on both sides. */
interface Look {
  readonly ranges: readonly AddressRange[];
  readonly snapshots: readonly Snapshot[];
}

function total(counts: readonly FaultCounts[]): FaultCounts {
  return counts.reduce((sum, { minor, major }) => ({ minor: sum.minor + minor, major: sum.major + major }), { minor: 0, major: 0 });
}
