/** Where the executor's own files can live: a writable directory on the file system asked for. */
import { accessSync, constants } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { fileSystemKind } from "../../linux/index.js";

/** A file system that needs a directory. */
export type DiskBacking = "tmpfs" | "ext4" | "other";

function usable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false; // absent or not ours: the next candidate may do
  }
}

function candidates(backing: DiskBacking): string[] {
  const places = [tmpdir(), "/var/tmp", process.cwd(), homedir()];
  return (backing === "tmpfs" ? ["/dev/shm", ...places] : places).filter(usable);
}

/**
 * A writable directory on a file system; undefined where this machine shows none.
 * @param backing `other` takes any disk, and the temporary directory where there is none
 */
export function backingDirectory(backing: DiskBacking): string | undefined {
  const places = candidates(backing);
  if (backing === "other") return places.find((place) => fileSystemKind(place) !== "tmpfs") ?? places[0];
  return places.find((place) => fileSystemKind(place) === backing);
}
