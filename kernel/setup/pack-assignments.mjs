/**
 * Puts the template of a course into the npm package while it is packed: `npx mmaplab course init` copies it from there.
 * Run by npm: "prepack" copies, "postpack" (with --remove) takes it away again.
 */
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const packed = fileURLToPath(new URL("../assignments/", import.meta.url));

rmSync(packed, { recursive: true, force: true });
if (!process.argv.includes("--remove")) {
  cpSync(fileURLToPath(new URL("../../notebooks/assignments/course/", import.meta.url)), packed, { recursive: true });
  cpSync(fileURLToPath(new URL("./requirements/grading.txt", import.meta.url)), `${packed}requirements.txt`);
}
