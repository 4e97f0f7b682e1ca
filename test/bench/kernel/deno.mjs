/** Deno's kernel, as a peer: its program, from its npm package, in a folder of the bench's own. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The same for everybody: a newer one might be faster or slower. */
const VERSION = "2.9.6";
const PACKAGES = /** @type {Readonly<Record<string, string>>} */ ({ x64: "@deno/linux-x64-glibc", arm64: "@deno/linux-arm64-glibc" });

/**
 * Installs Deno where it is not yet there.
 * @param {import("../../../kernel/setup/places.mjs").Places} places
 * @param {(line: string) => void} report
 * @returns {{ program: string, cache: string } | { missing: string }} its program and a folder for what it keeps; or why there is none
 */
export function denoOf(places, report) {
  const name = PACKAGES[process.arch];
  if (name === undefined) return { missing: `Deno has no npm package for ${process.arch}` };
  const folder = join(places.state, "bench", `deno-${VERSION}`);
  const program = join(folder, "node_modules", name, "deno");
  if (!existsSync(program)) {
    report(`kernel: installing Deno ${VERSION} to measure against ...`);
    mkdirSync(folder, { recursive: true });
    // Without a package.json of its own npm would install into the project.
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", `${name}@${VERSION}`], {
      cwd: folder,
      encoding: "utf8",
      timeout: 180_000,
    });
    if (npm.status !== 0) return { missing: `npm could not install ${name}@${VERSION}: ${(npm.stderr ?? "").trim().split("\n").at(-1)}` };
  }
  const works = spawnSync(program, ["--version"], { encoding: "utf8" });
  if (works.status !== 0) return { missing: `${name}@${VERSION} does not run here: ${works.error?.message ?? works.stderr}` };
  return { program, cache: join(folder, "cache") };
}
