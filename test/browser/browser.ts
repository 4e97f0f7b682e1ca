/** Chromium for the browser tests. `npm test` finds or installs it and names it in CHROMIUM_PATH. */
import { chromium, type Browser } from "playwright-core";
import { describe } from "vitest";

const ARGUMENTS = [
  // Chromium's sandbox does not work for root; the pages shown are our own.
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  // It must not look for anything outside this machine.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
  // WebGL without a graphics card, for plots with many points.
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
];

/** Why there is no browser, or null where there is one. */
const missing = process.env["CHROMIUM_PATH"]
  ? null
  : (process.env["MMAPLAB_NO_BROWSER"] ?? "CHROMIUM_PATH is not set; `npm test -- browser` sets it");

/** `describe` for tests that need a browser: without one they are skipped, and the title says why. */
export function describeInBrowser(title: string, tests: () => void): void {
  if (missing === null) describe(title, tests);
  else describe.skip(`${title} (needs a browser: ${missing})`, tests);
}

export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM_PATH"];
  if (!executablePath) throw new Error(`no browser: ${missing}`);
  return chromium.launch({ executablePath, args: ARGUMENTS });
}
