/**
 * The cells that were run, for `history_request`: those of this session from memory, those of earlier sessions and of other kernels
 * from disk, where there is a folder for them.
 */
import type { HistoryFolder, SessionFile } from "./history-files.js";
import { countOf, flagOf, textOf, type Content } from "./message.js";

/** A cell that was run. */
export interface Entry {
  readonly session: number;
  /** Its execution count. */
  readonly line: number;
  readonly input: string;
  /** The text of its result. */
  readonly output: string | null;
}

/** What is kept in memory: enough to press the up key through a long day. */
const KEPT = 10_000;

/** Where nothing is written to disk, the only session has this number. */
const ONLY_SESSION = 1;

export class History {
  #folder: HistoryFolder | null;
  readonly #log: (text: string) => void;
  readonly #entries: Entry[] = [];
  #file: SessionFile | null = null;

  /**
   * @param folder where sessions are kept; null for this session in memory only
   * @param log is told, once, why nothing is kept on disk
   */
  constructor(folder: HistoryFolder | null = null, log: (text: string) => void = () => undefined) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Notes a cell under its execution count. */
  add(line: number, input: string): void {
    // Not before: a kernel that runs no cell leaves no file.
    if (this.#file === null) this.#begin();
    this.#entries.push({ session: this.#session, line, input, output: null });
    if (this.#entries.length > KEPT) this.#entries.shift();
    this.#file?.append({ line, input });
  }

  /** Notes the text of the result of the cell noted last. */
  setOutput(output: string): void {
    const last = this.#entries.pop();
    if (last === undefined) return;
    this.#entries.push({ ...last, output });
    this.#file?.append({ line: last.line, output });
  }

  /**
   * Answers a `history_request`: tuples (session, line, input) or (session, line, (input, output)).
   *
   * `range` gives the lines from `start` up to and without `stop` of a session: 0 is this one, -1 the one before; `tail` the last `n`
   * of all sessions; `search` the last `n` whose whole input fits a pattern with the wildcards `*` and `?`, each text once where `unique`.
   */
  query(request: Content): readonly unknown[] {
    const withOutput = flagOf(request, "output", false);
    return this.#select(request).map(({ session, line, input, output }) => [session, line, withOutput ? [input, output] : input]);
  }

  /** Resolves when everything is on disk. */
  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
    this.#folder = null;
  }

  get #session(): number {
    return this.#file?.number ?? this.#entries.at(-1)?.session ?? ONLY_SESSION;
  }

  #begin(): void {
    this.#tryFolder((folder) => {
      this.#file = folder.begin((error) => this.#giveUp(error));
    });
  }

  /** Uses the folder; from the first failure on there is none. */
  #tryFolder(use: (folder: HistoryFolder) => void): void {
    if (this.#folder === null) return;
    try {
      use(this.#folder);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #giveUp(error: unknown): void {
    this.#folder = null;
    this.#log(`the history is kept in memory only: ${error instanceof Error ? error.message : String(error)}`);
  }

  #select(request: Content): readonly Entry[] {
    const access = textOf(request, "hist_access_type", "tail");
    if (access === "range") return this.#range(request);
    const n = countOf(request, "n", Number.MAX_SAFE_INTEGER);
    if (n === 0) return [];
    if (access !== "search") return this.#all(n).slice(-n);
    const pattern = [...textOf(request, "pattern", "*")];
    let found = this.#all(Number.MAX_SAFE_INTEGER).filter(({ input }) => fitsGlob(pattern, [...input]));
    // Of cells with the same text the last one counts, and has its place.
    if (flagOf(request, "unique", false)) {
      const last = new Map(found.map((entry) => [entry.input, entry]));
      found = found.filter((entry) => last.get(entry.input) === entry);
    }
    return found.slice(-n);
  }

  #range(request: Content): readonly Entry[] {
    const start = countOf(request, "start", 0);
    const stop = countOf(request, "stop", Number.MAX_SAFE_INTEGER);
    return this.#entriesOf(this.#sessionAsked(request["session"])).filter(({ line }) => line >= start && line < stop);
  }

  /** The session a request means: its number, or 0 for this one and below 0 counted back from it. */
  #sessionAsked(asked: unknown): number {
    if (typeof asked !== "number" || !Number.isInteger(asked) || asked === 0) return this.#session;
    if (asked > 0) return asked;
    return this.#earlierSessions().at(asked) ?? -1;
  }

  #entriesOf(session: number): readonly Entry[] {
    if (session === this.#session && (this.#file !== null || this.#folder === null)) return this.#entries;
    return this.#folder?.read(session) ?? [];
  }

  /** At least the last `n` cells of all sessions, where there are as many; the ones of this session come last. */
  #all(n: number): Entry[] {
    const earlier: (readonly Entry[])[] = [];
    let count = this.#entries.length;
    for (const session of this.#earlierSessions().toReversed()) {
      if (count >= n) break;
      const entries = this.#folder?.read(session) ?? [];
      earlier.unshift(entries);
      count += entries.length;
    }
    return [...earlier.flat(), ...this.#entries];
  }

  /** Sessions on disk but for this one; a kernel that runs beside this one may have a higher number. */
  #earlierSessions(): readonly number[] {
    let sessions: readonly number[] = [];
    this.#tryFolder((folder) => {
      sessions = folder.sessions().filter((number) => number !== this.#file?.number);
    });
    return sessions;
  }
}

/**
 * Whether the whole text fits a pattern of SQLite's GLOB, as IPython's history has it: `*` is any text, `?` any one character.
 * Not by a regular expression: one made of `*a*a*a*` takes years on a long line of `a`, and the supervisor would answer nothing.
 */
function fitsGlob(glob: readonly string[], text: readonly string[]): boolean {
  let at = 0;
  let inGlob = 0;
  /** Where the last `*` stands, and up to where it reaches: what follows is tried again with one character more for it. */
  let star = -1;
  let reach = 0;
  while (at < text.length) {
    if (glob[inGlob] === "*") {
      star = inGlob++;
      reach = at;
    } else if (glob[inGlob] === "?" || glob[inGlob] === text[at]) {
      inGlob++;
      at++;
    } else if (star >= 0) {
      inGlob = star + 1;
      at = ++reach;
    } else {
      return false;
    }
  }
  return glob.slice(inGlob).every((character) => character === "*");
}
