/** mkdir(2), with the folders above. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder, and those above it that are not there yet. Node's own recursive mkdir never returns where a file system answers
 * ENOENT to the making itself, as /proc does.
 * @param path of the folder; nothing happens where it is there
 * @throws Error that names the folder which could not be made, and why
 */
export function makeFolder(path: string): void {
  const folder = resolve(path);
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file. Name a folder.`);
    return;
  }
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return makeFolder(folder); // made by another process meanwhile
    throw new Error(`the folder ${folder} cannot be made (${String(code)}). Name one where you may write.`, { cause: error });
  }
}
