/**
 * The table of requests: message type to what is done. Read it to know what the kernel understands; it answers the same
 * on the shell and on the control channel.
 */
import type { CommFrame, ServiceReply } from "../runtime/frames.js";
import type { CellHost } from "./cell-host.js";
import { toCodePoints, toUtf16 } from "./code-points.js";
import type { Connection } from "./connection-file.js";
import type { Handler, RequestTable } from "./dispatcher.js";
import type { Executor } from "./executor.js";
import { parseHelpLine } from "./help-line.js";
import type { History } from "./history.js";
import { countOf, flagOf, textOf, type Content, type Message } from "./message.js";
import type { OpenComms } from "./open-comms.js";
import type { ResourceUsage } from "./resource-usage.js";
import type { Stdin } from "./stdin.js";
import type { Question, TypeScriptService } from "./typescript-service.js";

export interface RequestParts {
  readonly connection: Connection;
  /** The content of `kernel_info_reply`. */
  readonly kernelInfo: Content;
  readonly executor: Executor;
  readonly typescript: TypeScriptService;
  readonly history: History;
  readonly comms: OpenComms;
  readonly cells: CellHost;
  readonly stdin: Stdin;
  readonly usage: ResourceUsage;
  /** Ends the kernel once the reply is sent. */
  readonly shutDown: (request: Message, restart: boolean) => void;
}

export function requestTable(parts: RequestParts): RequestTable {
  const { connection, kernelInfo, executor, typescript, history, comms, cells, stdin, usage, shutDown } = parts;
  const deliver =
    (event: CommFrame["event"]): Handler =>
    async (request) => {
      await cells.deliver(comms.receive(event, request), request.header);
      return null;
    };
  return {
    kernel_info_request: { reply: "kernel_info_reply", handle: () => kernelInfo },
    connect_request: { reply: "connect_reply", handle: () => connectReply(connection) },
    execute_request: { reply: "execute_reply", inOrder: true, handle: (request) => executor.execute(request) },
    is_complete_request: { reply: "is_complete_reply", handle: (request) => isComplete(request, typescript) },
    complete_request: { reply: "complete_reply", handle: (request) => complete(request, typescript) },
    inspect_request: { reply: "inspect_reply", handle: (request) => inspect(request, typescript) },
    history_request: { reply: "history_reply", handle: ({ content }) => ({ status: "ok", history: history.query(content) }) },
    comm_info_request: {
      reply: "comm_info_reply",
      handle: ({ content }) => ({ status: "ok", comms: comms.describe(textOf(content, "target_name") || null) }),
    },
    usage_request: { reply: "usage_reply", handle: () => usage.describe() },
    comm_open: { reply: null, handle: deliver("open") },
    comm_msg: { reply: null, handle: deliver("msg") },
    comm_close: { reply: null, handle: deliver("close") },
    interrupt_request: {
      reply: "interrupt_reply",
      handle: () => {
        stdin.interrupt();
        executor.interrupt();
        return { status: "ok" };
      },
    },
    shutdown_request: {
      reply: "shutdown_reply",
      handle: (request) => {
        const restart = flagOf(request.content, "restart", false);
        shutDown(request, restart);
        return { status: "ok", restart };
      },
    },
  };
}

function connectReply({ ports }: Connection): Content {
  return Object.fromEntries([["status", "ok"], ...Object.entries(ports).map(([channel, port]) => [`${channel}_port`, port] as const)]);
}

/** The reply to a request the TypeScript service could not answer. */
function failure(reply: ServiceReply): Content {
  const evalue = reply.type === "failed" ? reply.message : `the TypeScript service gave an answer of type "${reply.type}"`;
  return { status: "error", ename: "TypeScriptServiceError", evalue, traceback: [evalue] };
}

/** The code and the cursor of a request, as an offset in UTF-16 units. */
function cursorOf({ content }: Message): { source: string; offset: number } {
  const source = textOf(content, "code");
  return { source, offset: toUtf16(source, countOf(content, "cursor_pos", source.length)) };
}

async function isComplete({ content }: Message, typescript: TypeScriptService): Promise<Content> {
  const source = textOf(content, "code");
  if (parseHelpLine(source) !== null) return { status: "complete" };
  const question: Question = { type: "isComplete", source };
  const reply = await typescript.ask(question);
  if (reply.type !== "completeness") return { status: "unknown" };
  return reply.status === "incomplete" ? { status: reply.status, indent: reply.indent } : { status: reply.status };
}

async function complete(request: Message, typescript: TypeScriptService): Promise<Content> {
  const { source, offset } = cursorOf(request);
  const reply = await typescript.ask({ type: "complete", source, offset });
  if (reply.type !== "completions") return failure(reply);
  const start = toCodePoints(source, reply.start);
  const end = toCodePoints(source, reply.end);
  return {
    status: "ok",
    matches: reply.items.map(({ text }) => text),
    cursor_start: start,
    cursor_end: end,
    // JupyterLab shows the kinds as icons.
    metadata: { _jupyter_types_experimental: reply.items.map(({ text, kind }) => ({ start, end, text, type: kind })) },
  };
}

async function inspect(request: Message, typescript: TypeScriptService): Promise<Content> {
  const detail = request.content["detail_level"] === 1 ? 1 : 0;
  const reply = await typescript.ask({ type: "inspect", ...cursorOf(request), detail });
  if (reply.type !== "inspection") return failure(reply);
  const data = reply.found ? { "text/plain": reply.text, "text/markdown": reply.markdown } : {};
  return { status: "ok", found: reply.found, data, metadata: {} };
}
