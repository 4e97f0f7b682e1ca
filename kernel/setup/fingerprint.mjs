/** Content hashes: whether the inputs of a step are still those it was made from. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * @typedef {object} Inputs
 * @property {readonly string[]} files files and folders, by absolute path; an absent one counts as such
 * @property {Readonly<Record<string, string>>} [facts] whatever else the outputs depend on: versions, paths
 */

/**
 * The hash of all inputs. The same contents in another folder have the same hash.
 * @param {string} root paths are hashed relative to it
 * @param {Inputs} inputs
 * @returns {string} hexadecimal SHA-256
 */
export function fingerprint(root, { files, facts = {} }) {
  const hash = createHash("sha256");
  for (const file of files) {
    for (const path of filesBelow(file)) {
      const content = readFileSync(path);
      hash.update(`file ${relative(root, path)} ${content.length}\n`).update(content);
    }
  }
  for (const name of Object.keys(facts).sort()) hash.update(`fact ${name}=${facts[name]}\n`);
  return hash.digest("hex");
}

/**
 * @param {string} path a file or a folder
 * @returns {string[]} the files in it, sorted; none when it does not exist
 */
export function filesBelow(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}
