/**
 * Where the calls of a cell go: to the live pair, or, inside `predict`, to a copy of the model alone.
 */
import type { Executor, Model, Operation, Result } from "../model/index.js";
import type { Pair } from "./pair.js";
import { type PairEvent, type PairListener } from "./pair.js";

/** Something that runs a cell's calls and tells what happened. */
export interface World extends Executor {
  readonly kind: "live" | "prediction";
  readonly model: Model;
  /** False once a prediction is over: its mappings never existed. */
  readonly open: boolean;
  /** Calls `listener` after every operation until the returned function is called. */
  listen(listener: PairListener): () => void;
}

/** The real address space of this process, with the model beside it. */
export class LiveWorld implements World {
  readonly kind = "live";
  readonly open = true;

  /** @param pair the kernel and the model */
  constructor(readonly pair: Pair) {}

  get model(): Model {
    return this.pair.model;
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
  #open = true;
  readonly #events: PairEvent[] = [];

  /** @param model a clone that may be changed freely */
  constructor(readonly model: Model) {}

  get open(): boolean {
    return this.#open;
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
