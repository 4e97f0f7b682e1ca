/** The model of this machine for the fuzzer, and the kinds of files there is a place for. */
import { tmpdir } from "node:os";
import type { ModelOptions } from "../../model/index.js";
import { backingDirectory } from "../kernel/index.js";
import { machineModel, readaheadPages, thpSetting } from "../machine.js";
import type { FileKind } from "./family-files.js";
import type { Surroundings } from "./generate.js";
import type { PredictorMaker } from "./side-by-side.js";

/** Readahead of the disk that the files of sequences are on, in pages; undefined where sysfs does not tell. */
export function fileReadaheadPages(): number | undefined {
  return readaheadPages(backingDirectory("ext4") ?? tmpdir());
}

/** A maker of models of this machine, each with nothing mapped but what the facts name. */
export function modelsOfThisMachine(): PredictorMaker {
  const readahead = fileReadaheadPages();
  const thp = (["madvise", "always"] as const).find((word) => word === thpSetting());
  const options: ModelOptions = {
    ...(readahead === undefined ? {} : { readaheadPages: readahead }),
    // An arena has no room for a huge page, but what is moved out of it may have.
    ...(thp === undefined ? {} : { thp }),
  };
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
