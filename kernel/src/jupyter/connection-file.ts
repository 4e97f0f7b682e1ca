/**
 * The connection file: where the front end told the kernel to listen, and the key that signs messages.
 * Format: "Making kernels for Jupyter", section "Connection files", of the jupyter_client documentation.
 */
import { readFileSync } from "node:fs";

export type ChannelName = "shell" | "control" | "iopub" | "stdin" | "hb";

export interface Connection {
  readonly transport: "tcp" | "ipc";
  /** An address to bind to, or for `ipc` the prefix of socket files. */
  readonly ip: string;
  readonly ports: Readonly<Record<ChannelName, number>>;
  /** Empty: messages are not signed. */
  readonly key: string;
  /** The hash of the HMAC, e.g. "sha256". */
  readonly hash: string;
}

/** The connection file cannot be used. */
export class ConnectionFileError extends Error {
  override readonly name = "ConnectionFileError";
}

/**
 * Reads a connection file.
 *
 * @throws ConnectionFileError naming what is wrong with it
 */
export function readConnectionFile(path: string): Connection {
  const fail = (what: string): never => {
    throw new ConnectionFileError(
      `connection file ${path}: ${what}. It is written by Jupyter when it starts a kernel; start the kernel from there.`,
    );
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  if (typeof parsed !== "object" || parsed === null) return fail("it does not hold a JSON object");
  const fields = parsed as Readonly<Record<string, unknown>>;
  const port = (channel: ChannelName): number => {
    const value = fields[`${channel}_port`];
    return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65536
      ? value
      : fail(`${channel}_port is no port number`);
  };
  const text = (name: string, otherwise: string): string => {
    const value = fields[name] ?? otherwise;
    return typeof value === "string" ? value : fail(`${name} is no text`);
  };
  const transport = text("transport", "tcp");
  if (transport !== "tcp" && transport !== "ipc") return fail(`transport "${transport}" is neither tcp nor ipc`);
  const scheme = text("signature_scheme", "hmac-sha256");
  if (!scheme.startsWith("hmac-")) return fail(`signature_scheme "${scheme}" is no HMAC`);
  return {
    transport,
    ip: text("ip", "127.0.0.1"),
    ports: { shell: port("shell"), control: port("control"), iopub: port("iopub"), stdin: port("stdin"), hb: port("hb") },
    key: text("key", ""),
    hash: scheme.slice("hmac-".length),
  };
}

/** The ZeroMQ address of a channel. */
export function addressOf(connection: Connection, channel: ChannelName): string {
  const { transport, ip, ports } = connection;
  return transport === "tcp" ? `tcp://${ip}:${ports[channel]}` : `ipc://${ip}-${ports[channel]}`;
}
