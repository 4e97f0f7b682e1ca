/** `npm start`: sets up what is missing, then serves JupyterLab with the first guided lab. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeFailure, SetupFailure, Stopped } from "./failure.mjs";
import { startJupyterLab } from "./jupyterlab.mjs";
import { parseStartOptions, USAGE } from "./options.mjs";
import { places } from "./places.mjs";
import { requirePlatform } from "./platform.mjs";
import { choosePort } from "./port.mjs";
import { createProgress } from "./progress.mjs";
import { runSteps } from "./step.mjs";
import { setupSteps } from "./steps/index.mjs";
import { stopSignal } from "./stop-signal.mjs";

/**
 * @param {import("./options.mjs").StartOptions} options
 * @param {AbortSignal} signal
 */
async function start(options, signal) {
  const here = places();
  const progress = createProgress();
  // Asked first: nobody should wait for a set-up to learn that the port is taken.
  if (options.port !== undefined) await choosePort(options.port, options.ip);

  const ran = await runSteps(setupSteps(here), { places: here, progress, signal });
  if (ran.length === 0) progress.note("Everything is set up.");

  const port = await choosePort(options.port, options.ip);
  if (process.getuid?.() === 0) progress.note("Running as root: JupyterLab is started with --allow-root, and cells run as root.");
  const opensBrowser = options.browser && hasBrowser() && existsSync(join(here.root, here.firstNotebook));
  progress.start("starting JupyterLab");
  const server = await startJupyterLab({
    python: here.python,
    rootDir: here.root,
    ip: options.ip,
    port,
    token: randomBytes(24).toString("hex"),
    logFile: here.jupyterlabLog,
    signal,
    ...(opensBrowser ? { notebook: here.firstNotebook } : {}),
  }).catch((error) => {
    progress.end("starting JupyterLab", "failed");
    throw error;
  });
  progress.end("starting JupyterLab");
  progress.note(`\nThe first guided lab${opensBrowser ? " opens in your browser. Its address" : ": open this address in your browser"}:\n`);
  progress.note(`  ${server.baseUrl}/lab/tree/${here.firstNotebook}?token=${server.token}\n`);
  progress.note(`Ctrl-C stops JupyterLab and its kernels. Its log: ${here.jupyterlabLog}`);

  const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve));
  await Promise.race([stopped, server.ended]);
  if (signal.aborted) {
    progress.note("\nStopping JupyterLab and its kernels ...");
    await server.stop();
    progress.note("Stopped.");
  } else {
    progress.note("JupyterLab has ended.");
  }
}

/** Whether a browser started here would have a screen to show itself on. */
function hasBrowser() {
  const { DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME, BROWSER } = process.env;
  return [DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME, BROWSER].some((value) => value !== undefined && value !== "");
}

try {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
  } else {
    requirePlatform();
    await start(options, stopSignal());
  }
} catch (error) {
  if (error instanceof SetupFailure) {
    process.stderr.write(`\n${describeFailure(error)}`);
    process.exitCode = 1;
  } else if (error instanceof Stopped) {
    process.stderr.write("\nStopped. Run the same command again to go on.\n");
    process.exitCode = 130;
  } else {
    throw error;
  }
}
