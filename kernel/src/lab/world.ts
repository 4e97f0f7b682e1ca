/**
 * Where the calls of a cell go: to the live pair, or, inside `predict`, to a copy of the model alone.
 */
import { FIRST_PROCESS, type Executor, type Model, type Operation, type ProcessId, type Result } from "../model/index.js";
import type { Pair } from "./pair.js";
import { type PairEvent, type PairListener } from "./pair.js";

/** Something that runs a cell's calls and tells what happened. */
export interface World extends Executor {
  readonly kind: "live" | "prediction";
  readonly model: Model;
  /** False once a prediction is over: its mappings never existed. */
  readonly open: boolean;
  /** The process whose address space this is; operations run there. */
  readonly process: ProcessId;
  /** The world with all its processes, as the first of them has it. */
  readonly whole: World;
  /** Calls `listener` after every operation until the returned function is called. */
  listen(listener: PairListener): () => void;
}

/** The real address space of this process, with the model beside it. */
export class LiveWorld implements World {
  readonly kind = "live";
  readonly open = true;
  readonly process = FIRST_PROCESS;

  /** @param pair the kernel and the model */
  constructor(readonly pair: Pair) {}

  get model(): Model {
    return this.pair.model;
  }

  get whole(): World {
    return this;
  }

  run(operation: Operation): Result {
    return this.pair.run(operation);
  }

  listen(listener: PairListener): () => void {
    return this.pair.listen(listener);
  }
}

/** A copy of the model: nothing done here is real. */
export class PredictedWorld implements World {
  readonly kind = "prediction";
  readonly process = FIRST_PROCESS;
  #open = true;
  readonly #events: PairEvent[] = [];

  /** @param model a clone that may be changed freely */
  constructor(readonly model: Model) {}

  get open(): boolean {
    return this.#open;
  }

  get whole(): World {
    return this;
  }

  /** What was run so far, in order. */
  get events(): readonly PairEvent[] {
    return this.#events;
  }

  /** Ends the prediction: its mappings refuse every further call. */
  close(): void {
    this.#open = false;
  }

  run(operation: Operation): Result {
    const model = this.model.run(operation);
    this.#events.push({ operation, kernel: null, model, dirtyPages: null });
    return model;
  }

  listen(): () => void {
    return () => undefined;
  }
}

/** An executor as one of its processes: what it is given runs there. */
export function within(executor: Executor, process: ProcessId): Executor {
  return process === FIRST_PROCESS ? executor : { run: (operation) => executor.run({ ...operation, process }) };
}

/** A world as one of its processes sees it: inside `child.run`. */
export class ProcessWorld implements World {
  /** @param whole the world that has the process */
  constructor(
    readonly whole: World,
    readonly process: ProcessId,
  ) {}

  get kind(): World["kind"] {
    return this.whole.kind;
  }

  get model(): Model {
    return this.whole.model;
  }

  get open(): boolean {
    return this.whole.open;
  }

  run(operation: Operation): Result {
    return this.whole.run({ ...operation, process: this.process });
  }

  listen(listener: PairListener): () => void {
    return this.whole.listen(listener);
  }
}
