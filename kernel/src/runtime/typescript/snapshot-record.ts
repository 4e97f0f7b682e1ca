/**
 * Which start-up snapshot of the TypeScript service there is, and whether it still fits. A snapshot is bound to the exact Node it
 * was made with and to the files it was made from; when any of them differs it is not used, and the service is loaded as usual.
 * Loads nothing of the service: the supervisor asks here.
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where snapshots are kept; beside the compiled sources, so that a cleaned build has none. */
export const SNAPSHOT_FOLDER = fileURLToPath(new URL("./snapshot/", import.meta.url));

/** The compiled files of this package. */
const OWN_FILES = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The flags of the service's process. V8 takes a snapshot only with those flags it was made with.
 *
 * A compiler makes much garbage in short time; with a small young generation it is collected while it is still in the processor's
 * caches, and the process stays small.
 */
export const SERVICE_FLAGS: readonly string[] = ["--no-warnings", "--max-semi-space-size=4"];

const RECORD = "record.json";

export interface SnapshotRecord {
  /** File name in {@link SNAPSHOT_FOLDER}. */
  readonly blob: string;
  /** Its length: a disk that was full, or a copy that was stopped, left less. */
  readonly bytes: number;
  readonly node: string;
  /** What it was made from: absolute paths with their stamps. */
  readonly files: Readonly<Record<string, string>>;
}

/** Tells one Node from another. */
export function nodeIdentity(): string {
  return [process.version, process.platform, process.arch, process.versions.v8, stampOf(process.execPath), ...SERVICE_FLAGS].join(" ");
}

function timeStampOf(path: string): string {
  const stat = statSync(path);
  return `${String(stat.size)}:${String(stat.mtimeMs)}`;
}

/**
 * Differs when the file differs. Packages are unpacked with made-up times, so of a package.json the content counts: it holds
 * the version. So does it of this package's own compiled files, which each build writes anew; their time is noted as well, since as long
 * as that is the same nobody has to read them.
 */
export function stampOf(path: string): string {
  if (path.endsWith("/package.json")) return hashOf(path);
  return path.startsWith(OWN_FILES) ? `${timeStampOf(path)} ${hashOf(path)}` : timeStampOf(path);
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Whether a file is the one that had this stamp. */
function isSame(path: string, stamp: string): boolean {
  if (path.endsWith("/package.json")) return hashOf(path) === stamp;
  const [time = "", hash] = stamp.split(" ");
  return timeStampOf(path) === time || (hash !== undefined && hashOf(path) === hash);
}

/** The path of the record in a folder. */
export function recordPath(folder: string): string {
  return join(folder, RECORD);
}

function fits({ node, files }: SnapshotRecord): boolean {
  return node === nodeIdentity() && Object.entries(files).every(([path, stamp]) => isSame(path, stamp));
}

/**
 * The path of the snapshot that fits what is installed; null where there is none. Takes a few milliseconds.
 */
export function usableSnapshot(folder: string = SNAPSHOT_FOLDER): string | null {
  try {
    const record = JSON.parse(readFileSync(recordPath(folder), "utf8")) as SnapshotRecord;
    const blob = join(folder, record.blob);
    return statSync(blob).size === record.bytes && fits(record) ? blob : null;
  } catch {
    // Not made yet, half removed, or one of its files is gone: all the same, it cannot be used.
    return null;
  }
}
