/**
 * The history of sessions on disk: a folder with a file a session, `<number>.jsonl`, one JSON value a line. Each kernel writes to
 * its own file only, so kernels that run at once need no lock; the number is taken by creating the file, which only one of them can.
 */
import { createWriteStream, mkdirSync, openSync, readFileSync, readdirSync, rmSync, statSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import type { Entry } from "./history.js";

const NAME = /^(\d+)\.jsonl$/;

/** The folder may hold about this much, in bytes; the oldest sessions go first. It is read whole to answer a search. */
const LARGEST_FOLDER = 2 * 1024 * 1024;

/** A cell or a result longer than this, in UTF-16 units, stays in memory. */
const LONGEST_TEXT = 64 * 1024;

/** A line of a file: a cell, or the output of a cell of an earlier line. */
type Record = { readonly line: number; readonly input: string } | { readonly line: number; readonly output: string };

/** The folder of sessions. */
export class HistoryFolder {
  readonly #path: string;

  /** @param path need not exist; it is made, for its owner only, with the first session */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The numbers of the sessions on disk, ascending.
   * @throws the Error of node:fs where the folder is there but cannot be read
   */
  sessions(): readonly number[] {
    const names = statSync(this.#path, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(this.#path);
    return names
      .map((name) => Number(NAME.exec(name)?.[1] ?? 0))
      .filter((number) => number > 0)
      .sort((a, b) => a - b);
  }

  /** The cells of a session; of lines that were cut or are no JSON, what is left. */
  read(session: number): readonly Entry[] {
    let text: string;
    try {
      text = readFileSync(this.#file(session), "utf8");
    } catch {
      return []; // removed meanwhile, by a kernel that made room
    }
    const entries = new Map<number, Entry>();
    for (const line of text.split("\n")) {
      const record = parsed(line);
      if (record === null) continue;
      if ("input" in record) entries.set(record.line, { session, line: record.line, input: record.input, output: null });
      else entries.set(record.line, { session, line: record.line, input: entries.get(record.line)?.input ?? "", output: record.output });
    }
    return [...entries.values()].filter(({ input }) => input !== "");
  }

  /**
   * Begins a session under a number nobody has.
   * @param onFailure called once when it can be written no more (a full disk)
   * @throws the Error of node:fs where the folder cannot be made or written
   */
  begin(onFailure: (error: Error) => void): SessionFile {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    this.#makeRoom();
    for (let number = (this.sessions().at(-1) ?? 0) + 1; ; number++) {
      try {
        const fd = openSync(this.#file(number), "wx", 0o600);
        return new SessionFile(number, fd, onFailure);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      }
    }
  }

  #makeRoom(): void {
    let bytes = 0;
    for (const session of this.sessions().toReversed()) {
      const file = this.#file(session);
      bytes += statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      // The newest stays in any case: its number is the one to count on from.
      if (bytes > LARGEST_FOLDER && session !== this.sessions().at(-1)) rmSync(file, { force: true });
    }
  }

  #file(session: number): string {
    return join(this.#path, `${session}.jsonl`);
  }
}

/** The file of a session under way. */
export class SessionFile {
  readonly #stream: WriteStream;
  #bytes = 0;
  #hasFailed = false;

  constructor(
    readonly number: number,
    fd: number,
    onFailure: (error: Error) => void,
  ) {
    this.#stream = createWriteStream("", { fd }); // closes it at the end, and when it fails
    this.#stream.once("error", (error) => {
      this.#hasFailed = true;
      onFailure(error);
    });
  }

  /** Adds a line; not where the text is too long or the file already large. */
  append(record: Record): void {
    const text = "input" in record ? record.input : record.output;
    if (this.#hasFailed || text.length > LONGEST_TEXT || this.#bytes > LARGEST_FOLDER / 2) return;
    const line = `${JSON.stringify(record)}\n`;
    this.#bytes += line.length;
    this.#stream.write(line);
  }

  /** Resolves when all is written. */
  close(): Promise<void> {
    if (this.#hasFailed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.once("error", () => resolve());
      this.#stream.once("close", resolve);
      this.#stream.end();
    });
  }
}

function parsed(line: string): Record | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null; // the end of a file whose kernel was killed in the middle of a line
  }
  if (typeof value !== "object" || value === null) return null;
  const { line: number, input, output } = value as { readonly line?: unknown; readonly input?: unknown; readonly output?: unknown };
  if (typeof number !== "number") return null;
  if (typeof input === "string") return { line: number, input };
  return typeof output === "string" ? { line: number, output } : null;
}
