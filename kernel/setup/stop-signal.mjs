/** Turns Ctrl-C, a closed terminal and a plain `kill` into one AbortSignal. */

/** @type {readonly NodeJS.Signals[]} */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * From here on these signals no longer end the process: it must end by itself when the AbortSignal fires.
 * @returns {AbortSignal}
 */
export function stopSignal() {
  const controller = new AbortController();
  for (const name of SIGNALS) process.on(name, () => controller.abort());
  return controller.signal;
}
