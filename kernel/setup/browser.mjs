/** Finds a Chromium for the browser tests, and installs one where there is none. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailure, findProgram, run } from "./command.mjs";
import { openLog } from "./log.mjs";

/** What Chromium is called by the distributions. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * @typedef {{ path: string } | { missing: string }} Browser
 */

/**
 * CHROMIUM_PATH, else Chromium on PATH, else one installed now: Debian's package where we are root on Debian, else
 * Playwright's own download.
 * @param {object} options
 * @param {import("./places.mjs").Places} options.places
 * @param {import("./progress.mjs").Progress} options.progress
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<Browser>} where it is, or why there is none
 */
export async function findOrInstallBrowser({ places, progress, signal }) {
  const chosen = process.env["CHROMIUM_PATH"];
  if (chosen) {
    return (await runs(chosen)) ? { path: chosen } : { missing: `CHROMIUM_PATH is ${chosen}, which does not run as Chromium` };
  }
  const found = (await onPath()) ?? (await ofPlaywright(places));
  if (found !== null) return { path: found };

  const log = openLog(join(places.state, "browser.log"));
  const name = "Chromium for the browser tests";
  progress.start(name);
  try {
    /** @type {string[]} */
    const tried = [];
    const installers = [...(isRootOnDebian() ? [installDebianPackage] : []), installByPlaywright];
    for (const install of installers) {
      try {
        await install(places, { log, ...(signal ? { signal } : {}) });
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error;
        tried.push(`\`${error.shown}\` failed`);
      }
      const path = (await onPath()) ?? (await ofPlaywright(places));
      if (path !== null) {
        progress.end(name);
        return { path };
      }
    }
    progress.end(name, "failed");
    return {
      missing: `there is no Chromium here and none could be installed (${tried.join("; ")}; log: ${log.file}). Install one and set CHROMIUM_PATH`,
    };
  } finally {
    log.close();
  }
}

/** @returns {Promise<string | null>} */
async function onPath() {
  for (const name of NAMES) {
    const path = findProgram(name);
    // Ubuntu's chromium-browser may be a script that only tells to install a snap.
    if (path !== null && (await runs(path))) return path;
  }
  return null;
}

/** @param {string} path */
async function runs(path) {
  try {
    return /Chrom/.test(await run(path, ["--version"]));
  } catch (error) {
    if (error instanceof CommandFailure) return false;
    throw error;
  }
}

/**
 * The browser that Playwright has downloaded into the project.
 * @param {import("./places.mjs").Places} places
 * @returns {Promise<string | null>}
 */
async function ofPlaywright(places) {
  const question = "process.stdout.write(require('playwright-core').chromium.executablePath())";
  const path = await run(process.execPath, ["--eval", question], { cwd: places.root, env: playwrightEnv(places) });
  return existsSync(path) && (await runs(path)) ? path : null;
}

/** @param {import("./places.mjs").Places} places */
function playwrightEnv(places) {
  return { ...process.env, PLAYWRIGHT_BROWSERS_PATH: places.browsers };
}

function isRootOnDebian() {
  return process.getuid?.() === 0 && existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
}

/**
 * @typedef {{ log: import("./log.mjs").Log, signal?: AbortSignal }} InstallOptions
 */

/**
 * @param {import("./places.mjs").Places} _places
 * @param {InstallOptions} options
 */
async function installDebianPackage(_places, options) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update"], { env, ...options });
  await run("apt-get", ["install", "--yes", "--no-install-recommends", "chromium"], { env, ...options });
}

/**
 * @param {import("./places.mjs").Places} places
 * @param {InstallOptions} options
 */
async function installByPlaywright(places, options) {
  const cli = join(places.root, "node_modules", "playwright-core", "cli.js");
  // As root it also installs the system libraries that the browser needs.
  const args = process.getuid?.() === 0 ? ["--with-deps"] : [];
  await run(process.execPath, [cli, "install", ...args, "chromium"], { cwd: places.root, env: playwrightEnv(places), ...options });
}
