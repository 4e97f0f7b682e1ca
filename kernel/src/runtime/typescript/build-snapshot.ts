/**
 * `node build-snapshot.js`: makes the start-up snapshot of the TypeScript service (see snapshot-entry.ts) for the Node it runs in,
 * unless there is one that fits. Takes about three seconds and 50 MB. Several at once do no harm.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeTypeRoot } from "./packages.js";
import { bundleService } from "./snapshot-bundle.js";
import {
  nodeIdentity,
  recordPath,
  SERVICE_FLAGS,
  SNAPSHOT_FOLDER,
  stampOf,
  usableSnapshot,
  type SnapshotRecord,
} from "./snapshot-record.js";

const ownPackage = fileURLToPath(new URL("../../../package.json", import.meta.url));

/** Files whose content tells which version of a package is installed. */
function packageFiles(): string[] {
  const require = createRequire(import.meta.url);
  const others = ["typescript", "tslab"].map((name) => require.resolve(`${name}/package.json`));
  return [ownPackage, join(nodeTypeRoot(), "node", "package.json"), ...others];
}

/**
 * Makes the snapshot.
 * @param folder where it is put
 * @returns the path of the snapshot
 * @throws Error where Node cannot make one, or the folder cannot be written to
 */
export function buildSnapshot(folder: string = SNAPSHOT_FOLDER): string {
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "mmaplab-snapshot-"));
  // Put in place by renaming, which needs the same file system.
  const unfinished = mkdtempSync(join(folder, "unfinished-"));
  try {
    const { script, files } = bundleService();
    const scriptFile = join(work, "service.cjs");
    const cwd = join(work, "notebook");
    const blob = join(unfinished, "blob");
    mkdirSync(cwd);
    writeFileSync(scriptFile, script);
    // The package this is a part of is also what cells have without an import.
    const { name } = JSON.parse(readFileSync(ownPackage, "utf8")) as { readonly name: string };
    const argument = JSON.stringify({ cwd, prelude: { module: name, folder: dirname(ownPackage), names: [] } });
    const parsed = execFileSync(process.execPath, [...SERVICE_FLAGS, "--snapshot-blob", blob, "--build-snapshot", scriptFile, argument], {
      encoding: "utf8",
      cwd,
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_OPTIONS: "" },
    });

    const sources = [...files, ...(JSON.parse(parsed) as string[]), ...packageFiles()];
    const node = nodeIdentity();
    const stamps = Object.fromEntries([...new Set(sources)].map((path) => [path, stampOf(path)]));
    const hash = createHash("sha256")
      .update(JSON.stringify([node, stamps]))
      .digest("hex");
    const record: SnapshotRecord = { blob: `${hash.slice(0, 16)}.blob`, bytes: statSync(blob).size, node, files: stamps };
    writeFileSync(join(unfinished, "record"), JSON.stringify(record));
    renameSync(blob, join(folder, record.blob));
    renameSync(join(unfinished, "record"), recordPath(folder));
    for (const old of readdirSync(folder)) if (old.endsWith(".blob") && old !== record.blob) rmSync(join(folder, old), { force: true });
    return join(folder, record.blob);
  } finally {
    for (const made of [work, unfinished]) rmSync(made, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) && usableSnapshot() === null) {
  try {
    buildSnapshot();
  } catch (error) {
    // A build without a snapshot is whole: the service is then loaded as usual, and the first cell takes a second longer.
    process.stderr.write(`The start-up snapshot could not be made, so kernels will start more slowly: ${String(error)}\n`);
  }
}
