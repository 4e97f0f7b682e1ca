/** The model of this machine for the fuzzer, and the kinds of files there is a place for. */
import { readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Model } from "../../model/index.js";
import { backingDirectory } from "../kernel/index.js";
import { machineModel } from "../machine.js";
import type { FileKind } from "./family-files.js";

const KIB_PER_PAGE = 4;

/** Readahead of the disk under a directory in KiB; undefined where sysfs does not tell. */
export function readaheadKib(directory = backingDirectory("ext4") ?? tmpdir()): number | undefined {
  const device = statSync(directory, { bigint: true }).dev;
  const [major, minor] = [(device >> 8n) & 0xfffn, (device & 0xffn) | ((device >> 12n) & ~0xffn)];
  try {
    const text = readFileSync(`/sys/class/bdi/${String(major)}:${String(minor)}/read_ahead_kb`, "utf8");
    return Number.parseInt(text, 10);
  } catch {
    return undefined; // no such device (tmpfs, overlayfs) or no sysfs: the model's own value stands
  }
}

/** A maker of models of this machine, each with nothing mapped yet. */
export function modelsOfThisMachine(): () => Model {
  const kib = readaheadKib();
  const pristine = machineModel(kib === undefined ? {} : { readaheadPages: kib / KIB_PER_PAGE });
  return () => pristine.clone();
}

/** The kinds of files that can be made here. */
export function fileKindsHere(): FileKind[] {
  return ["memfd", ...(["tmpfs", "ext4"] as const).filter((kind) => backingDirectory(kind) !== undefined)];
}
