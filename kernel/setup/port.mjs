/** Finds out whether a TCP port can be listened on. */
import { createServer } from "node:net";
import { SetupFailure } from "./failure.mjs";

/** Where JupyterLab is served unless told. */
export const DEFAULT_PORT = 8888;

/** How many ports after the default one are tried. */
const TRIES = 50;

/**
 * @param {number} port 0 asks the system for a free one
 * @param {string} ip
 * @returns {Promise<number | null>} the port, or null when it is taken or not allowed
 */
export function tryPort(port, ip) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(null);
      else reject(error);
    });
    server.listen({ port, host: ip, exclusive: true }, () => {
      const address = server.address();
      const got = address !== null && typeof address === "object" ? address.port : port;
      server.close(() => resolve(got));
    });
  });
}

/**
 * The port to serve on: the one asked for, or the first free one from the default on.
 * @param {number | undefined} asked
 * @param {string} ip
 * @returns {Promise<number>}
 * @throws {SetupFailure} where the port asked for is taken
 */
export async function choosePort(asked, ip) {
  if (asked !== undefined) {
    const port = await tryPort(asked, ip);
    if (port !== null) return port;
    throw new SetupFailure(
      asked < 1024 ? `Port ${asked} is taken, or only root may use it.` : `Port ${asked} is taken by another program.`,
      [
        "name another one, for example:  npm start -- --port 8899",
        `What holds it:  ss -ltnp 'sport = :${asked}'    (or it is an earlier \`npm start\` that still runs)`,
      ],
    );
  }
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + TRIES; port += 1) {
    if ((await tryPort(port, ip)) !== null) return port;
  }
  throw new SetupFailure(`The ports ${DEFAULT_PORT} to ${DEFAULT_PORT + TRIES - 1} are all taken.`, [
    "name a free one:  npm start -- --port NUMBER",
  ]);
}
