/**
 * The set-up as a list of small steps. A step is run when its inputs have changed since it was last done (by content, not
 * by time) or when something it makes is gone. Steps that do not need each other run side by side.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupFailure, Stopped } from "./failure.mjs";
import { fingerprint } from "./fingerprint.mjs";
import { acquireLock } from "./lock.mjs";
import { openLog } from "./log.mjs";

/**
 * @typedef {object} Context what a step may use
 * @property {import("./places.mjs").Places} places
 * @property {import("./log.mjs").Log} log
 * @property {AbortSignal} signal ends what the step runs
 */

/**
 * @typedef {object} Step
 * @property {string} id name of its stamp
 * @property {string} name as the user reads it
 * @property {readonly string[]} needs ids of the steps that must be done before
 * @property {() => import("./fingerprint.mjs").Inputs} inputs what its outputs depend on; asked when all `needs` are done
 * @property {readonly string[]} outputs paths that exist once it is done
 * @property {() => Promise<void>} [require] throws a SetupFailure where this machine lacks what the step needs; asked before any step runs
 * @property {() => boolean} [isMade] whether the outputs are right although no stamp says so (made by hand); asked only where they exist
 * @property {(context: Context) => Promise<void>} run
 */

/**
 * @param {Step} step
 * @param {import("./places.mjs").Places} places
 * @returns {boolean} whether it has nothing to do
 */
export function isCurrent(step, places) {
  if (!step.outputs.every((path) => existsSync(path))) return false;
  return readStamp(step, places) === fingerprint(places.root, step.inputs());
}

/**
 * Does what is missing, and nothing else.
 * @param {readonly Step[]} steps each after those it needs
 * @param {object} options
 * @param {import("./places.mjs").Places} options.places
 * @param {import("./progress.mjs").Progress} options.progress
 * @param {AbortSignal} [options.signal] stops the set-up
 * @returns {Promise<string[]>} ids of the steps that were run
 * @throws {SetupFailure} when a step cannot be done; {@link Stopped} when `signal` stopped it
 */
export async function runSteps(steps, { places, progress, signal }) {
  // The usual second start: nothing to do, so no lock and no log.
  if (steps.every((step) => isCurrent(step, places))) return [];

  const release = await acquireLock(places.setupLock, {
    ...(signal ? { signal } : {}),
    waiting: (holder) => progress.note(`Another set-up is at work in this folder (${holder || "process unknown"}); waiting for it to end.`),
  });
  const log = openLog(places.setupLog);
  try {
    for (const step of steps) {
      if (!isCurrent(step, places)) await step.require?.();
    }
    progress.note(`Setting up mmaplab (what is said on the way goes to ${places.setupLog}):`);
    return await runInOrder(steps, { places, progress, log, outerSignal: signal });
  } finally {
    progress.close();
    log.close();
    release();
  }
}

/**
 * @param {readonly Step[]} steps
 * @param {{ places: Context["places"], progress: import("./progress.mjs").Progress, log: Context["log"], outerSignal: AbortSignal | undefined }} context
 */
async function runInOrder(steps, { places, progress, log, outerSignal }) {
  const failed = new AbortController();
  const signal = outerSignal ? AbortSignal.any([outerSignal, failed.signal]) : failed.signal;
  /** @type {string[]} */
  const ran = [];
  /** @type {Map<string, Promise<void>>} */
  const promises = new Map();
  /** @type {unknown} */
  let firstError;

  for (const step of steps) {
    const before = step.needs.map((id) => {
      const promise = promises.get(id);
      if (promise === undefined) throw new Error(`step ${step.id} needs ${id}, which does not come before it`);
      return promise;
    });
    const doStep = async () => {
      await Promise.all(before);
      if (signal.aborted) throw new Stopped();
      if (isCurrent(step, places)) return;
      if (step.outputs.every((path) => existsSync(path)) && step.isMade?.()) {
        writeStamp(step, places);
        return;
      }
      ran.push(step.id);
      rmSync(stampFile(step, places), { force: true });
      progress.start(step.name);
      try {
        await step.run({ places, log, signal });
        const absent = step.outputs.filter((path) => !existsSync(path));
        if (absent.length > 0) {
          throw new SetupFailure(`The step "${step.name}" ended without making ${absent.join(", ")}.`, [
            `read the full log: ${places.setupLog}`,
          ]);
        }
        writeStamp(step, places);
        progress.end(step.name);
      } catch (error) {
        progress.end(step.name, "failed");
        throw error;
      }
    };
    promises.set(
      step.id,
      doStep().catch((error) => {
        firstError ??= error;
        failed.abort();
        throw error;
      }),
    );
  }
  await Promise.allSettled(promises.values());
  if (outerSignal?.aborted) throw new Stopped();
  if (firstError !== undefined) throw firstError;
  return ran;
}

/**
 * @param {Step} step
 * @param {import("./places.mjs").Places} places
 */
function stampFile(step, places) {
  return join(places.stamps, step.id);
}

/**
 * @param {Step} step
 * @param {import("./places.mjs").Places} places
 * @returns {string | null} the fingerprint the step was last done with
 */
function readStamp(step, places) {
  const file = stampFile(step, places);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : null;
}

/**
 * @param {Step} step
 * @param {import("./places.mjs").Places} places
 */
function writeStamp(step, places) {
  mkdirSync(places.stamps, { recursive: true });
  const file = stampFile(step, places);
  writeFileSync(`${file}.new`, `${fingerprint(places.root, step.inputs())}\n`);
  renameSync(`${file}.new`, file);
}
