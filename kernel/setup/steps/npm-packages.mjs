/** node_modules, exactly as package-lock.json has it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../diagnosis.mjs";
import { npmCommand } from "../npm.mjs";
import { run } from "../command.mjs";

/**
 * @param {import("../places.mjs").Places} places
 * @returns {import("../step.mjs").Step}
 */
export function npmPackages(places) {
  const lockFile = join(places.root, "package-lock.json");
  const installedLockFile = join(places.root, "node_modules", ".package-lock.json");
  return {
    id: "npm-packages",
    name: "npm packages",
    needs: [],
    inputs: () => ({
      files: [lockFile, ...["", "kernel", "extension"].map((part) => join(places.root, part, "package.json"))],
      // Prebuilt addons are chosen by processor.
      facts: { arch: process.arch },
    }),
    outputs: [installedLockFile],
    async require() {
      npmCommand();
    },
    isMade: () => isInstalled(lockFile, installedLockFile),
    async run({ log, signal }) {
      const [npm, ...npmArgs] = npmCommand();
      const args = [...npmArgs, "ci", "--no-audit", "--no-fund", "--prefer-offline"];
      // No dependency needs its install script: the native ones carry prebuilt addons.
      args.push("--ignore-scripts");
      // npm's own waits add up to minutes before it admits that there is no network.
      args.push("--fetch-retries=3", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=10000");
      try {
        await run(npm, args, { cwd: places.root, log, signal });
      } catch (error) {
        throw diagnose(error, { doing: "installing the npm packages", logFile: log.file, program: "npm" });
      }
    },
  };
}

/**
 * Whether node_modules holds what the lock file asks for, such as after `npm ci` by hand.
 * @param {string} lockFile
 * @param {string} installedLockFile npm's own record of what is in node_modules
 */
function isInstalled(lockFile, installedLockFile) {
  const wanted = lockedPackages(lockFile);
  const installed = lockedPackages(installedLockFile);
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.startsWith("node_modules/") || entry.link || entry.optional || entry.devOptional) continue;
    if (installed[path]?.version !== entry.version) return false;
  }
  return true;
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, link?: boolean, optional?: boolean, devOptional?: boolean }>}
 */
function lockedPackages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}
