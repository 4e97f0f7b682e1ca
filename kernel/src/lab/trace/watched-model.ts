/**
 * The live model, which tells of every operation it runs: those that follow the kernel, and those by which the lab tells it
 * what is there already, e.g. a file that was open before it was mapped. Copies of it tell nothing.
 */
import { Model, type FileId, type ModelOptions, type Operation, type Result, type RunOptions } from "../../model/index.js";

/** Who hears of a model. */
export interface ModelWatcher {
  /** It ran an operation. */
  modelRan(operation: Operation): void;
  /** It was told of bytes that somebody else wrote to a file; no operation says that. */
  toldOfBytes(file: FileId): void;
}

/** A model that somebody listens to. */
export class WatchedModel extends Model {
  #watcher: ModelWatcher | undefined;

  /** @param options what it models */
  constructor(readonly options: ModelOptions) {
    super(options);
  }

  /** Tells `watcher` of everything from now on. */
  watch(watcher: ModelWatcher): void {
    this.#watcher = watcher;
  }

  override run(operation: Operation, options: RunOptions = {}): Result {
    const result = super.run(operation, options);
    this.#watcher?.modelRan(operation);
    return result;
  }

  override writeFromOutside(file: FileId, offset: number, bytes: Uint8Array): void {
    super.writeFromOutside(file, offset, bytes);
    this.#watcher?.toldOfBytes(file);
  }
}
