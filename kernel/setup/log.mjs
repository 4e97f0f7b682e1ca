/** The log file of a set-up: everything the programs it runs have said. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * @typedef {object} Log
 * @property {string} file
 * @property {(text: string | Uint8Array) => void} write
 * @property {() => void} close
 */

/**
 * Opens a log, emptying it first.
 * @param {string} file
 * @returns {Log}
 */
export function openLog(file) {
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, "w");
  return {
    file,
    write: (text) => void (typeof text === "string" ? writeSync(fd, text) : writeSync(fd, text)),
    close: () => closeSync(fd),
  };
}
