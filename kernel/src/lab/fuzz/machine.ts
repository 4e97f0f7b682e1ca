/** The model of this machine for the fuzzer, and the kinds of files there is a place for. */
import { readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import type { ModelOptions } from "../../model/index.js";
import { backingDirectory } from "../kernel/index.js";
import { machineModel } from "../machine.js";
import type { FileKind } from "./family-files.js";
import type { Surroundings } from "./generate.js";
import type { PredictorMaker } from "./side-by-side.js";

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

/** A maker of models of this machine, each with nothing mapped but what the facts name. */
export function modelsOfThisMachine(): PredictorMaker {
  const kib = readaheadKib();
  const options: ModelOptions = kib === undefined ? {} : { readaheadPages: kib / KIB_PER_PAGE };
  const pristine = machineModel(options);
  return (facts) => {
    if (facts === undefined) return pristine.clone();
    const model = machineModel({ ...options, heapStart: facts.heapStart });
    model.importForeign(facts.foreign);
    return model;
  };
}

/** What sequences may use here: the kinds of files that can be made, and the rights that can be given up. */
export function surroundingsHere(): Surroundings {
  const fileKinds: FileKind[] = ["memfd", ...(["tmpfs", "ext4"] as const).filter((kind) => backingDirectory(kind) !== undefined)];
  return { fileKinds, mayDropRights: isRoot() };
}

/** Giving up the rights of root, and being looked at afterwards, takes root. */
function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
