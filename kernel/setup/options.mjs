/** The options of `npm start`. */
import { isIP } from "node:net";
import { parseArgs } from "node:util";
import { SetupFailure } from "./failure.mjs";

export const USAGE = `Usage: npm start -- [options]

Sets up what is missing (packages, JupyterLab in .venv, kernel, extension), then
serves JupyterLab on this machine and opens the first guided lab.

  --port N       serve on port N (default: 8888, or the next free one)
  --ip ADDRESS   listen on ADDRESS (default: 127.0.0.1; 0.0.0.0 inside a container)
  --no-browser   open no browser, only print the address
  --help         print this

Ctrl-C stops JupyterLab and its kernels.
`;

/**
 * @typedef {object} StartOptions
 * @property {number | undefined} port
 * @property {string} ip
 * @property {boolean} browser
 * @property {boolean} help
 */

/**
 * @param {readonly string[]} args
 * @returns {StartOptions}
 * @throws {SetupFailure} where they make no sense
 */
export function parseStartOptions(args) {
  /** @param {string} happened */
  const refuse = (happened) => new SetupFailure(happened, ["see  npm start -- --help"]);
  const { values } = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: {
          port: { type: "string" },
          ip: { type: "string", default: "127.0.0.1" },
          "no-browser": { type: "boolean", default: false },
          help: { type: "boolean", default: false },
        },
      });
    } catch (error) {
      if (error instanceof TypeError) throw refuse(error.message);
      throw error;
    }
  })();
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65535)) {
    throw refuse(`--port takes a number from 1 to 65535, not "${values.port}".`);
  }
  if (isIP(values.ip) === 0) throw refuse(`--ip takes an IP address, not "${values.ip}".`);
  return { port, ip: values.ip, browser: !values["no-browser"], help: values.help };
}
