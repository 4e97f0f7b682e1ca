/**
 * The TypeScript service as a process: requests as JSON lines on stdin, replies in the same order on stdout, log on stderr.
 * It ends when stdin closes.
 */
import { writeSync } from "node:fs";
import { format } from "node:util";
import type { ServiceReady, ServiceReply, ServiceRequest } from "../frames.js";
import { IdleCollection } from "./idle-collection.js";
import { linesOf } from "./line-reader.js";
import { TypeScriptService, type ServiceOptions } from "./service.js";

function optionsFrom(argument: string | undefined): ServiceOptions {
  const parsed = argument === undefined ? null : (JSON.parse(argument) as Partial<ServiceOptions> | null);
  if (typeof parsed?.cwd !== "string") {
    throw new Error('The TypeScript service needs one argument: JSON { "prelude": Prelude | null, "cwd": "/absolute/folder" }.');
  }
  return { cwd: parsed.cwd, prelude: parsed.prelude ?? null };
}

function send(message: ServiceReady | ServiceReply): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function requestFrom(line: string): ServiceRequest | null {
  const parsed = JSON.parse(line) as Partial<ServiceRequest> | null;
  return typeof parsed?.id === "number" && typeof parsed.type === "string" ? (parsed as ServiceRequest) : null;
}

function answer(service: TypeScriptService, line: string): ServiceReply {
  try {
    const request = requestFrom(line);
    if (request !== null) return service.handle(request);
    return { id: -1, type: "failed", message: "A request to the TypeScript service lacks its id or its type." };
  } catch (error) {
    return { id: -1, type: "failed", message: `A request to the TypeScript service is not JSON: ${String(error)}` };
  }
}

/**
 * Serves until stdin closes.
 * @param argument JSON `{ "prelude": Prelude | null, "cwd": string }`
 * @throws Error when the argument is something else, or not even the simplest cell compiles
 */
export async function serve(argument: string | undefined): Promise<void> {
  // Stdout belongs to the replies; the converter and the compiler log to the console.
  // (A process from a snapshot has no `Console` to make another of.)
  const log = (...parts: unknown[]): void => void writeSync(2, `${format(...parts)}\n`);
  Object.assign(console, { log, info: log, debug: log, warn: log, error: log });
  const service = new TypeScriptService(optionsFrom(argument));
  send(service.warmUp());
  // From here on an error outside of a request (in a callback of the compiler) must not end the service.
  process.on("uncaughtException", (error) => writeSync(2, `TypeScript service: ${error.stack ?? error.message}\n`));
  // The supervisor is gone: there is nobody to answer.
  process.stdout.on("error", () => process.exit(0));
  process.stdin.setEncoding("utf8");
  const idle = new IdleCollection();
  idle.afterWork();
  for await (const line of linesOf(process.stdin)) {
    if (line.trim() === "") continue;
    send(answer(service, line));
    idle.afterWork();
  }
  service.close();
}
