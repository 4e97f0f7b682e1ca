/**
 * The supervisor: puts the parts together and runs until it is told to shut down. It runs no cell and loads no TypeScript,
 * so it answers at any time.
 */
import { DEFAULT_STREAM_LIMIT } from "../runtime/output-limit.js";
import type { Prelude } from "../runtime/frames.js";
import { CellHost } from "./cell-host.js";
import { readConnectionFile, type ChannelName } from "./connection-file.js";
import type { CrashReports } from "./crash-report.js";
import { Dispatcher } from "./dispatcher.js";
import { Executor } from "./executor.js";
import { History } from "./history.js";
import { HistoryFolder } from "./history-files.js";
import { IoPub } from "./iopub.js";
import { PROTOCOL_VERSION, type Content, type Message } from "./message.js";
import { OpenComms } from "./open-comms.js";
import { requestTable } from "./requests.js";
import { ResourceUsage } from "./resource-usage.js";
import { openSockets, type Sockets } from "./sockets.js";
import { Stdin } from "./stdin.js";
import { TypeScriptService } from "./typescript-service.js";
import { MalformedMessage, Wire } from "./wire.js";

export interface KernelOptions {
  /** Path of the connection file Jupyter has written. */
  readonly connectionFile: string;
  /** What `kernel_info` says of the kernel. */
  readonly implementation: { readonly name: string; readonly version: string };
  /** Version of the TypeScript cells are written in. */
  readonly languageVersion: string;
  readonly banner: string;
  readonly helpLinks: readonly { readonly text: string; readonly url: string }[];
  /** What every cell has in scope; null for nothing. */
  readonly prelude: Prelude | null;
  /** The notebook's folder; the current one where not given. */
  readonly cwd?: string;
  /** JavaScript objects of cells may take this much, in MiB. */
  readonly heapLimitMib?: number;
  /** Private memory of cells that can be written may take this, in MiB; no limit where not given. See process-limits.ts. */
  readonly memoryLimitMib?: number;
  /** Text one cell may print, in UTF-16 units. */
  readonly streamLimit?: number;
  /** Where the history of sessions is kept; without it, this session's is kept in memory. */
  readonly historyFolder?: string;
  /** How crashes of cells are reported; without it, they are explained by their signal alone. */
  readonly crashReports?: CrashReports;
  /** Another TypeScript service than the usual one: a path to its main file. */
  readonly typescriptEntry?: string;
  /** The TypeScript service, where it has been started already; it has to have the same prelude and folder. */
  readonly typescript?: TypeScriptService;
  /** How the cell process is started where not as usual: its main file, and flags for Node. */
  readonly cellProcess?: { readonly entry: string; readonly flags: readonly string[] };
}

const DEFAULT_HEAP_LIMIT_MIB = 2048;

/** A kernel that runs. */
export interface Kernel {
  /** Resolves when the kernel has shut down and its processes are gone. */
  readonly ended: Promise<void>;
  /** Ends the cell that runs, as `interrupt_request` does. */
  interrupt(): void;
  /** Shuts down, as `shutdown_request` does. */
  stop(): Promise<void>;
}

/**
 * Starts a kernel.
 *
 * @throws ConnectionFileError where the connection file cannot be used
 * @throws Error where a socket cannot be bound
 */
export async function startKernel(options: KernelOptions): Promise<Kernel> {
  const log = (text: string): void => void process.stderr.write(`[${options.implementation.name}] ${text}\n`);
  const connection = readConnectionFile(options.connectionFile);
  const wire = new Wire(connection);
  const settings = { prelude: options.prelude, cwd: options.cwd ?? process.cwd() };
  let resolveEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (resolveEnded = resolve));

  const receive = (channel: "shell" | "control" | "stdin", frames: readonly Buffer[]): void => {
    let message: Message;
    try {
      message = wire.decode(frames);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      log(`a message on the ${channel} channel was dropped: ${error.message}`);
      return;
    }
    if (channel === "stdin") stdin.receive(message);
    else dispatcher.receive(channel, message);
  };
  const sockets: Sockets = await openSockets(connection, (channel: ChannelName, error) =>
    log(`the ${channel} channel failed: ${String(error)}`),
  );

  const iopub = new IoPub(sockets.iopub, wire);
  const stdin = new Stdin(sockets.stdin, wire);
  const comms = new OpenComms(iopub);
  const history = new History(options.historyFolder === undefined ? null : new HistoryFolder(options.historyFolder), log);
  const usage = new ResourceUsage();
  const typescript = options.typescript ?? new TypeScriptService(settings, log, options.typescriptEntry);
  const limits = {
    heapLimitMib: options.heapLimitMib ?? DEFAULT_HEAP_LIMIT_MIB,
    memoryLimitMib: options.memoryLimitMib ?? null,
    streamLimit: options.streamLimit ?? DEFAULT_STREAM_LIMIT,
  };
  const start = options.cellProcess ?? null;
  const cells = new CellHost({ ...settings, ...limits, start, crashReports: options.crashReports ?? null }, iopub, comms, {
    onQuestion: (question) => {
      const running = executor.running;
      const canAsk = running !== null && running.allowStdin && running.execution === question.execution;
      stdin.ask(question, canAsk ? running.request : null);
    },
    onReplaced: () => {
      stdin.forget();
      void typescript.ask({ type: "reset" });
    },
    log,
  });
  const executor = new Executor({ iopub, cells, typescript, history });

  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      typescript.stop();
      cells.stop();
      await history.close();
      await sockets.close();
      resolveEnded();
    })();
    return stopping;
  };
  const shutDown = (request: Message, restart: boolean): void => {
    iopub.publish("shutdown_reply", { status: "ok", restart }, request.header);
    // After the turn in which the dispatcher hands the reply and `idle` to the sockets.
    setImmediate(() => setImmediate(() => void stop()));
  };
  const info = kernelInfo(options);
  const table = requestTable({ connection, kernelInfo: info, executor, typescript, history, comms, cells, stdin, usage, shutDown });
  const dispatcher = new Dispatcher({ wire, iopub, replies: sockets, table, log });
  sockets.listen({ onFrames: receive, onSubscription: (topic) => iopub.welcome(topic) });

  cells.start();
  typescript.start();
  return {
    ended,
    interrupt: () => {
      stdin.interrupt();
      executor.interrupt();
    },
    stop,
  };
}

function kernelInfo({ implementation, languageVersion, banner, helpLinks }: KernelOptions): Content {
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: implementation.name,
    implementation_version: implementation.version,
    language_info: {
      name: "typescript",
      version: languageVersion,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { name: "javascript", typescript: true },
      nbconvert_exporter: "script",
    },
    banner,
    help_links: helpLinks,
    debugger: false,
    supported_features: [],
  };
}
