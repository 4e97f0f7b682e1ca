/**
 * The result of a gated step, as a machine that could run it saw it: a JSON file beside the notebook. What is read may have
 * been edited by hand, so every view goes through the border of `views`.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { VIEW_VERSION, packBundle, validateBundle, type View } from "../../views/index.js";

/** The version of the file format. */
const FORMAT = 1;

/** Where recordings lie, seen from the notebook's folder. */
export const RECORDINGS = "recorded";

/** What a step returned and showed elsewhere. */
export interface Recording {
  /** The kernel's release and the user: "Linux 6.18.44 as root". */
  readonly machine: string;
  /** What the step returned, as JSON holds it; undefined where it returned nothing. */
  readonly value: unknown;
  /** What it showed, in order. */
  readonly views: readonly View[];
}

/** This machine, in the words of a recording. */
export function thisMachine(): string {
  const uid = process.geteuid?.() ?? -1;
  return `Linux ${release()} as ${uid === 0 ? "root" : `uid ${String(uid)}`}`;
}

/**
 * The file of a step.
 * @param name the step's name
 */
export function recordingPath(name: string): string {
  return join(RECORDINGS, `${name}.json`);
}

/**
 * Writes a recording, whole or not at all.
 * @throws Error where the folder cannot be written
 */
export function writeRecording(name: string, { machine, value, views }: Recording): void {
  mkdirSync(RECORDINGS, { recursive: true });
  const path = recordingPath(name);
  const text = JSON.stringify(
    { format: FORMAT, name, machine, value, views: views.map((view) => packBundle({ version: VIEW_VERSION, ...view })) },
    null,
    1,
  );
  const unfinished = `${path}.${String(process.pid)}`;
  writeFileSync(unfinished, `${text}\n`);
  renameSync(unfinished, path);
}

/**
 * Reads the recording of a step.
 * @throws Error where there is none, or where it is none that this version can read; the message says what to do
 */
export function readRecording(name: string): Recording {
  const path = recordingPath(name);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(`its recording cannot be read: ${cause}. Open the notebook in the folder it came in, where ${path} lies`, {
      cause: error,
    });
  }
  if (typeof json !== "object" || json === null) throw damaged(path, "it holds no object");
  const { format, machine, value, views } = json as Readonly<Record<string, unknown>>;
  if (format !== FORMAT) throw damaged(path, `its format is ${JSON.stringify(format)}, not ${String(FORMAT)}`);
  if (typeof machine !== "string" || !Array.isArray(views)) throw damaged(path, "it names no machine or lists no views");
  return {
    machine,
    value,
    views: views.map((view: unknown): View => {
      const checked = validateBundle(view);
      if (!checked.ok) throw damaged(path, checked.reason);
      return checked.bundle;
    }),
  };
}

function damaged(path: string, reason: string): Error {
  return new Error(`its recording ${path} is no recording of a step: ${reason}. Take the file from the project again`);
}
