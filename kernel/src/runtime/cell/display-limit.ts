/**
 * How much one execution may display, and send over comms. Text of streams has a limit of its own; this one is for displays, each of which a front end
 * keeps: a cell that displays in an endless loop would fill the memory of the supervisor's queue, the browser and the notebook file.
 */

/** In bytes of JSON. */
export interface DisplayBudget {
  /** New displays: what the notebook file grows by. */
  readonly displays: number;
  /** Updates of displays: these replace each other, so an animation may run for long. */
  readonly updates: number;
  /** Messages over comms: an animation may run for long here as well. */
  readonly comms: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_DISPLAY_BUDGET: DisplayBudget = { displays: 64 * MIB, updates: 512 * MIB, comms: 256 * MIB };

/** Executions that may still display; of one that is hundreds of cells old the count starts anew. */
const REMEMBERED = 256;

type Kind = keyof DisplayBudget;

const NAMES: Readonly<Record<Kind, string>> = { displays: "displays", updates: "updates of displays", comms: "messages over comms" };

/** Counts the displays of executions against a budget. */
export class DisplayLimit {
  readonly #budget: DisplayBudget;
  readonly #used = new Map<number, Record<Kind, number>>();

  constructor(budget: DisplayBudget = DEFAULT_DISPLAY_BUDGET) {
    this.#budget = budget;
  }

  /**
   * Whether a display of so many bytes may be sent.
   * @returns "notice" on the one occasion the budget is used up: say so instead; "drop" after that
   */
  admit(execution: number, kind: Kind, bytes: number): "send" | "notice" | "drop" {
    const used = this.#used.get(execution) ?? { displays: 0, updates: 0, comms: 0 };
    this.#used.set(execution, used);
    if (this.#used.size > REMEMBERED) this.#used.delete(this.#used.keys().next().value ?? 0);
    const room = this.#budget[kind] - used[kind];
    if (room < 0) return "drop";
    used[kind] += bytes;
    return bytes <= room ? "send" : "notice";
  }

  /** Whether a later one would be dropped whatever its size, so that it need not be made. */
  isFull(execution: number, kind: Kind): boolean {
    return (this.#used.get(execution)?.[kind] ?? 0) > this.#budget[kind];
  }

  /** What the reader is told. */
  notice(kind: Kind): string {
    const size = `${Math.round(this.#budget[kind] / MIB)} MiB`;
    const what = NAMES[kind];
    return `\n[output cut: this cell sent more than ${size} of ${what}. The cell goes on running; its further ${what} are not shown.]\n`;
  }
}
