/** Finds the Python that hosts JupyterLab, and tells what is missing where there is none. */
import { CommandFailure, findProgram, run } from "./command.mjs";
import { SetupFailure, sudo } from "./failure.mjs";

/** Oldest Python of the pinned JupyterLab, as [major, minor]. */
export const OLDEST_PYTHON = /** @type {const} */ ([3, 10]);

/** Tried in this order; the later ones help where `python3` is an old one. */
const NAMES = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];

/** Prints what we need to know; `ensurepip` is what Debian leaves out of its python3 package. */
const QUESTION = `
import json, sys
missing = []
for name in ("venv", "ensurepip"):
    try:
        __import__(name)
    except ImportError:
        missing.append(name)
print(json.dumps({"version": list(sys.version_info[:3]), "executable": sys.executable, "missing": missing}))
`;

/**
 * @typedef {object} Python
 * @property {string} executable absolute path
 * @property {readonly [number, number, number]} version
 */

/**
 * Finds a Python that is new enough and can make virtual environments. MMAPLAB_PYTHON names one explicitly.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Python>}
 * @throws {SetupFailure} where there is none; it names the package to install
 */
export async function findPython(env = process.env) {
  const oldest = OLDEST_PYTHON.join(".");
  const chosen = env["MMAPLAB_PYTHON"];
  const candidates = chosen ? [chosen] : NAMES.flatMap((name) => findProgram(name, env) ?? []);
  /** @type {string[]} */
  const tooOld = [];
  /** @type {string[]} */
  const broken = [];
  /** @type {Python | null} */
  let withoutVenv = null;
  for (const candidate of candidates) {
    const answer = await ask(candidate, env);
    if (answer === null) {
      broken.push(candidate);
    } else if (isOlder(answer.version)) {
      tooOld.push(`${candidate} is Python ${answer.version.join(".")}`);
    } else if (answer.missing.length > 0) {
      withoutVenv ??= answer;
    } else {
      return answer;
    }
  }
  if (withoutVenv !== null) {
    const [major, minor] = withoutVenv.version;
    throw new SetupFailure(
      `${withoutVenv.executable} (Python ${withoutVenv.version.join(".")}) cannot make virtual environments: its venv module is not complete.`,
      [
        `install the Debian or Ubuntu package for it:  ${sudo()}apt-get install python${major}.${minor}-venv`,
        "(python3-venv does the same for the system's own python3.) Then run the same command again.",
      ],
    );
  }
  const install = `install it:  ${sudo()}apt-get install python3 python3-venv   (Debian 12, Ubuntu 22.04 or newer)`;
  if (tooOld.length > 0) {
    throw new SetupFailure(`Python ${oldest} or newer is needed for JupyterLab; ${tooOld.join(", ")}.`, [
      install,
      "Or name another one:  MMAPLAB_PYTHON=/path/to/python3 npm start",
    ]);
  }
  if (broken.length > 0) {
    throw new SetupFailure(`${broken.join(", ")} does not run as a Python interpreter.`, [
      `check \`${broken[0]} --version\`, or ${install}`,
      "Or name another one:  MMAPLAB_PYTHON=/path/to/python3 npm start",
    ]);
  }
  throw new SetupFailure(`There is no python3 on this machine's PATH; Python ${oldest} or newer is needed to host JupyterLab.`, [install]);
}

/**
 * @param {string} executable
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<(Python & { missing: readonly string[] }) | null>} null where it does not run
 */
async function ask(executable, env) {
  try {
    // -E and -s: the answer must not depend on PYTHON* variables or packages in the home folder.
    const output = await run(executable, ["-E", "-s", "-c", QUESTION], { env });
    return JSON.parse(output.trim().split("\n").at(-1) ?? "");
  } catch (error) {
    if (error instanceof CommandFailure || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** @param {readonly number[]} version */
function isOlder([major = 0, minor = 0]) {
  const [oldestMajor, oldestMinor] = OLDEST_PYTHON;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
