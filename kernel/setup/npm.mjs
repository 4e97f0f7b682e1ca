/** How to call the npm that belongs to this run. */
import { findProgram } from "./command.mjs";
import { SetupFailure, sudo } from "./failure.mjs";

/**
 * The npm that started us where there is one (`npm start`), else the one on PATH.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {[string, ...string[]]} program and first arguments
 * @throws {SetupFailure} where there is no npm
 */
export function npmCommand(env = process.env) {
  const cli = env["npm_execpath"];
  if (cli !== undefined && /npm-cli\.[cm]?js$/.test(cli)) return [process.execPath, cli];
  const npm = findProgram("npm", env);
  if (npm !== null) return [npm];
  throw new SetupFailure("There is no npm on this machine's PATH.", [
    `npm comes with Node; a Node from Debian's own packages needs:  ${sudo()}apt-get install npm`,
  ]);
}
