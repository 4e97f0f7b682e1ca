/**
 * The cells that were run, for `history_request`. In memory: one session, number 1.
 */
import { countOf, flagOf, textOf, type Content } from "./message.js";

/** The only session there is. Requests count it as 0 (the current one) or by its number. */
const SESSION = 1;

interface Entry {
  readonly line: number;
  readonly input: string;
  output: string | null;
}

/** What is kept: enough to press the up key through a long day. */
const KEPT = 10_000;

export class History {
  readonly #entries: Entry[] = [];

  /** Notes a cell under its execution count. */
  add(line: number, input: string): void {
    this.#entries.push({ line, input, output: null });
    if (this.#entries.length > KEPT) this.#entries.shift();
  }

  /** Notes the text of the result of the cell noted last. */
  setOutput(output: string): void {
    const last = this.#entries.at(-1);
    if (last !== undefined) last.output = output;
  }

  /**
   * Answers a `history_request`: tuples (session, line, input) or (session, line, (input, output)).
   *
   * `range` gives the lines from `start` up to and without `stop`; `tail` the last `n`; `search` the last `n` whose whole
   * input fits a pattern with the wildcards `*` and `?`, each text once where `unique`.
   */
  query(request: Content): readonly unknown[] {
    const withOutput = flagOf(request, "output", false);
    return this.#select(request).map(({ line, input, output }) => [SESSION, line, withOutput ? [input, output] : input]);
  }

  #select(request: Content): readonly Entry[] {
    const access = textOf(request, "hist_access_type", "tail");
    if (access === "range") return this.#range(request);
    const n = countOf(request, "n", this.#entries.length);
    if (n === 0) return [];
    if (access !== "search") return this.#entries.slice(-n);
    const pattern = globPattern(textOf(request, "pattern", "*"));
    let found = this.#entries.filter(({ input }) => pattern.test(input));
    if (flagOf(request, "unique", false)) found = [...new Map(found.map((entry) => [entry.input, entry])).values()];
    return found.slice(-n);
  }

  #range(request: Content): readonly Entry[] {
    const session = typeof request["session"] === "number" ? request["session"] : 0;
    if (session !== 0 && session !== SESSION) return [];
    const start = countOf(request, "start", 0);
    const stop = countOf(request, "stop", Number.MAX_SAFE_INTEGER);
    return this.#entries.filter(({ line }) => line >= start && line < stop);
  }
}

/** A pattern of SQLite's GLOB, as IPython's history has it, as a regular expression over the whole text. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s");
}
