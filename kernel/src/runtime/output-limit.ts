/**
 * How much one execution may print. A cell that prints for ever would else fill the browser's memory and the notebook file.
 * The cell process applies it to what goes through JavaScript, the supervisor to what native code writes to fd 1 and 2.
 */

/** Text of both streams of one execution, in UTF-16 units. About what a browser still shows without stalling. */
export const DEFAULT_STREAM_LIMIT = 8 * 1024 * 1024;

/** What passes the limit: the text to send, and a notice on the one occasion the limit is reached. */
export interface Admitted {
  readonly text: string;
  readonly notice: string | null;
}

/** Counts the text of executions against a limit. */
export class OutputLimit {
  #execution = 0;
  #sent = 0;
  /** Executions before the current one that print late share what is left of their own count. */
  readonly #earlier = new Map<number, number>();

  /** @param limit text one execution may print, in UTF-16 units */
  constructor(readonly limit: number = DEFAULT_STREAM_LIMIT) {}

  /** Returns what of `text` execution `execution` may still print. */
  admit(execution: number, text: string): Admitted {
    this.#select(execution);
    const room = this.limit - this.#sent;
    this.#sent += text.length;
    if (text.length <= room) return { text, notice: null };
    if (room < 0) return { text: "", notice: null };
    // Never cut a surrogate pair in two.
    const last = text.charCodeAt(room - 1);
    const cut = last >= 0xd800 && last <= 0xdbff ? room - 1 : room;
    return { text: text.slice(0, cut), notice: this.#notice() };
  }

  /** Whether a later piece would be dropped whole, so that it need not be made. */
  isFull(execution: number): boolean {
    this.#select(execution);
    return this.#sent > this.limit;
  }

  #select(execution: number): void {
    if (execution === this.#execution) return;
    this.#earlier.set(this.#execution, this.#sent);
    this.#sent = this.#earlier.get(execution) ?? 0;
    this.#execution = execution;
    // Enough to remember: a background task of a cell that is hundreds of cells old starts a new count.
    if (this.#earlier.size > 256) this.#earlier.delete(this.#earlier.keys().next().value ?? 0);
  }

  #notice(): string {
    const size = this.limit >= 1024 * 1024 ? `${Math.round(this.limit / 1024 / 1024)} Mi` : `${this.limit} `;
    return `\n[output cut: this cell printed more than ${size}characters. The cell goes on running; print less, or write to a file.]\n`;
  }
}
