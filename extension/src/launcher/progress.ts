/** Which checks of the labs a reader has passed, by notebook. Kept by JupyterLab, so that it is there after a restart. */
import type { IStateDB } from "@jupyterlab/statedb";
import { Signal, type ISignal } from "@lumino/signaling";
import { isObject, type RawView } from "../open-notebooks/kernel-outputs.js";

const KEY = "mmaplab-jupyterlab:progress";
/** Beyond these a notebook is no lab of ours. */
const MOST_NOTEBOOKS = 500;
const MOST_CHECKS = 500;
const LONGEST_NAME = 200;

/** How a notebook stands. */
export interface NotebookProgress {
  readonly passed: number;
  /** Checks that have been run at least once. */
  readonly seen: number;
}

/** Name of a check to whether it passed when it was run last, by path of the notebook. */
type Checks = Record<string, Record<string, boolean>>;

export class Progress {
  #checks: Checks = {};
  readonly #changed = new Signal<this, void>(this);
  readonly #ready: Promise<void>;

  /** @param database where it is kept; null to keep it for this page only */
  constructor(private readonly database: IStateDB | null) {
    this.#ready = this.#restore();
  }

  /** Settled when what was kept has been read. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  /** How a notebook stands; null where no check of it was ever run. */
  of(path: string): NotebookProgress | null {
    const checks = this.#checks[path];
    if (checks === undefined) return null;
    const all = Object.values(checks);
    return { passed: all.filter((passed) => passed).length, seen: all.length };
  }

  /** How all notebooks together stand. */
  get total(): NotebookProgress {
    const all = Object.values(this.#checks).flatMap((checks) => Object.values(checks));
    return { passed: all.filter((passed) => passed).length, seen: all.length };
  }

  /** Takes down what a check said; other views, and malformed ones, are none. */
  note(path: string, view: RawView): void {
    const { kind, name, outcome } = view;
    if (kind !== "check" || typeof name !== "string" || typeof outcome !== "string") return;
    const checks = Object.hasOwn(this.#checks, path) ? this.#checks[path] : undefined;
    if (checks === undefined && Object.keys(this.#checks).length >= MOST_NOTEBOOKS) return;
    const key = name.slice(0, LONGEST_NAME);
    const known = checks ?? {};
    if (!Object.hasOwn(known, key) && Object.keys(known).length >= MOST_CHECKS) return;
    this.#set({ ...this.#checks, [path]: { ...known, [key]: outcome === "passed" } });
  }

  /** Forgets everything. */
  clear(): void {
    this.#set({});
  }

  #set(checks: Checks): void {
    this.#checks = checks;
    this.#changed.emit();
    this.database?.save(KEY, checks).catch((error: unknown) => {
      console.warn("mmaplab: the progress could not be kept", error);
    });
  }

  async #restore(): Promise<void> {
    try {
      const kept = await this.database?.fetch(KEY);
      this.#checks = { ...readChecks(kept), ...this.#checks };
      this.#changed.emit();
    } catch (error) {
      console.warn("mmaplab: the progress of before could not be read", error);
    }
  }
}

function readChecks(kept: unknown): Checks {
  if (!isObject(kept)) return {};
  const entries = Object.entries(kept).flatMap(([path, checks]): [string, Record<string, boolean>][] => {
    if (!isObject(checks)) return [];
    return [
      [path, Object.fromEntries(Object.entries(checks).filter((entry): entry is [string, boolean] => typeof entry[1] === "boolean"))],
    ];
  });
  return Object.fromEntries(entries);
}
