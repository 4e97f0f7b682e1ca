/**
 * Reads the output of a failed npm, pip or compiler and says what it means for the user. Knows the wording of these
 * programs, nothing of how they are started.
 */
import { CommandFailure } from "./command.mjs";
import { SetupFailure } from "./failure.mjs";

/** How npm and pip say that they cannot reach their index. */
const NO_NETWORK = new RegExp(
  [
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ERR_SOCKET_TIMEOUT",
    "network request to \\S+ failed",
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Network is unreachable",
    "Connection refused",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "Could not find a version that satisfies the requirement .* \\(from versions: none\\)",
  ].join("|"),
);

/** How they say that a proxy or mirror shows a certificate they do not trust. */
const UNTRUSTED = /SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET_ISSUER)|CERTIFICATE_VERIFY_FAILED|CERT_HAS_EXPIRED/;

const DISK_FULL = /ENOSPC|No space left on device|EDQUOT|Disk quota exceeded/;

/** Lines worth showing when nothing above matches. */
const TELLING = /error|fatal|cannot|failed/i;

/** What npm says around the words of the program it runs. */
const NPM_FRAME = /^npm (error|warn)/;

/**
 * Turns the failure of a command into one that says what to do.
 * @param {unknown} error as thrown by `run`
 * @param {{ doing: string, logFile: string, program?: "npm" | "pip" }} context `doing` completes "… failed while"
 * @returns {unknown} a SetupFailure, or `error` itself where it is not a CommandFailure
 */
export function diagnose(error, { doing, logFile, program }) {
  if (!(error instanceof CommandFailure)) return error;
  const { output } = error;
  if (DISK_FULL.test(output)) {
    return new SetupFailure(`The disk became full while ${doing}.`, [
      "free some space and run the same command again; what is done already is kept.",
      "A set-up from nothing needs about 1.5 GB (node_modules, .venv and the caches of npm and pip).",
      `Full log: ${logFile}`,
    ]);
  }
  if (UNTRUSTED.test(output)) {
    return new SetupFailure(`The package index showed a certificate that is not trusted, while ${doing}.`, [
      "if your network has a proxy of its own, tell the programs its certificate file:",
      "  npm config set cafile FILE      pip config set global.cert FILE",
      `Full log: ${logFile}`,
    ]);
  }
  if (program !== undefined && NO_NETWORK.test(output)) {
    const [proxy, mirror] =
      program === "npm"
        ? ["npm config set proxy URL; npm config set https-proxy URL", "npm config set registry URL"]
        : ["pip config set global.proxy URL", "pip config set global.index-url URL"];
    return new SetupFailure(`${program} could not reach its package index while ${doing}.`, [
      "check the network connection and run the same command again; what is done already is kept.",
      `Behind a proxy:    ${proxy}`,
      `With a mirror:     ${mirror}`,
      `Full log: ${logFile}`,
    ]);
  }
  const how = error.code === null ? `was ended by ${error.signal ?? "a signal"}` : `failed with exit code ${error.code}`;
  return new SetupFailure(`\`${error.shown}\` ${how} while ${doing}.`, [
    "see what it complains about below, or the full log, then run the same command again.",
    ...tellingLines(output, program === "npm"),
    `Full log: ${logFile}`,
  ]);
}

/**
 * The lines of an output that most likely tell what went wrong: the first complaints, since later ones follow from them.
 * @param {string} output
 * @param {boolean} ofNpm whether npm itself failed, not a program it ran
 * @returns {string[]} at most ten lines
 */
function tellingLines(output, ofNpm) {
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !line.includes("EBADENGINE"));
  const telling = lines.filter((line) => TELLING.test(line) && (ofNpm || !NPM_FRAME.test(line)));
  return (telling.length > 0 ? telling.slice(0, 10) : lines.slice(-10)).map((line) => `  | ${line.slice(0, 200)}`);
}
