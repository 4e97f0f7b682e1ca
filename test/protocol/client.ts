/**
 * A front end for tests: starts the compiled kernel as Jupyter would and speaks the protocol with it. Its wire code is its
 * own, so that a mistake in the kernel's cannot hide in it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dealer, Request, Subscriber } from "zeromq";

export const KERNEL_MAIN = fileURLToPath(new URL("../../kernel/dist/cli/main.js", import.meta.url));

export type Json = Record<string, unknown>;

export interface Received {
  readonly type: string;
  readonly header: Json;
  readonly parent: Json;
  readonly metadata: Json;
  // Tests look into contents freely; each expectation says what it takes them for.
  readonly content: Json;
  readonly buffers: readonly Buffer[];
}

/** What a request led to. */
export interface Answer {
  readonly reply: Received;
  /** What iopub said between `busy` and `idle`, both included. */
  readonly iopub: readonly Received[];
  /** The same without status messages. */
  readonly outputs: readonly Received[];
  /** Text of a stream. */
  text(name: "stdout" | "stderr"): string;
  /** text/plain of the execute_result. */
  readonly result: unknown;
}

export interface StartOptions {
  readonly key?: string;
  /** Arguments after the connection file. */
  readonly args?: readonly string[];
  /** The notebook's folder; an empty temporary one where not given. */
  readonly cwd?: string;
  /** A request sent before the kernel has bound its sockets. */
  readonly greeting?: string;
  /** Where the kernel keeps its data; the temporary folder of this client where not given. */
  readonly dataFolder?: string;
  /** Variables of the kernel's environment besides those of the test. */
  readonly env?: NodeJS.ProcessEnv;
}

type Channel = "shell" | "control" | "stdin";
type Waiter = { readonly matches: (message: Received) => boolean; readonly take: (message: Received) => void };

const DELIMITER = "<IDS|MSG>";
const TIMEOUT_MS = 20_000;

function deadline<T>(promise: Promise<T>, what: () => string): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came within ${TIMEOUT_MS / 1000} s: ${what()}`)), TIMEOUT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export class KernelClient {
  readonly #key: string;
  readonly #folder: string;
  readonly #session = randomUUID();
  readonly #sockets: Record<Channel, Dealer>;
  readonly #iopub: Subscriber;
  readonly #heartbeat: Request;
  readonly #waiters = new Map<Channel | "iopub", Set<Waiter>>();
  /** All that iopub has said so far. */
  readonly heard: Received[] = [];
  readonly process: ChildProcess;
  /** Where the kernel listens: shell, control, stdin, iopub, heartbeat. */
  readonly ports: readonly number[];
  /** The exit status of the kernel; null where a signal ended it. */
  readonly exited: Promise<number | null>;
  /** The answer to the request sent before the kernel listened; null where none was. */
  greeted: Promise<Received> | null = null;
  /** What the kernel wrote to its log. */
  log = "";

  private constructor(process: ChildProcess, key: string, folder: string, ports: readonly number[]) {
    this.process = process;
    this.ports = ports;
    this.exited = new Promise((resolve) => process.once("exit", (status) => resolve(status)));
    this.#key = key;
    this.#folder = folder;
    const routingId = randomUUID();
    const options = { routingId, linger: 0 };
    this.#sockets = { shell: new Dealer(options), control: new Dealer(options), stdin: new Dealer(options) };
    this.#iopub = new Subscriber({ linger: 0 });
    this.#heartbeat = new Request({ linger: 0 });
    const [shell, control, stdin, iopub, hb] = ports.map((port) => `tcp://127.0.0.1:${port}`) as [string, string, string, string, string];
    this.#sockets.shell.connect(shell);
    this.#sockets.control.connect(control);
    this.#sockets.stdin.connect(stdin);
    this.#iopub.connect(iopub);
    this.#heartbeat.connect(hb);
    process.stderr?.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    for (const channel of ["shell", "control", "stdin"] as const) void this.#listen(channel, this.#sockets[channel]);
    void this.#listen("iopub", this.#iopub);
  }

  /** Starts a kernel and connects; iopub is subscribed to when it returns. */
  static async start({ key = randomUUID(), args = [], cwd, dataFolder, greeting, env }: StartOptions = {}): Promise<KernelClient> {
    const folder = mkdtempSync(join(tmpdir(), "mmaplab-protocol-"));
    const ports = await freePorts(5);
    const [shell_port, control_port, stdin_port, iopub_port, hb_port] = ports;
    const connection = {
      transport: "tcp",
      ip: "127.0.0.1",
      key,
      signature_scheme: "hmac-sha256",
      shell_port,
      control_port,
      stdin_port,
      iopub_port,
      hb_port,
    };
    const file = join(folder, "connection.json");
    writeFileSync(file, JSON.stringify(connection));
    const child = spawn(process.execPath, [KERNEL_MAIN, "kernel", file, ...args], {
      cwd: cwd ?? folder,
      env: { ...process.env, XDG_DATA_HOME: dataFolder ?? folder, ...env },
      stdio: ["ignore", "inherit", "pipe"],
    });
    const client = new KernelClient(child, key, folder, ports);
    if (greeting !== undefined) {
      client.greeted = client.next("shell", (message) => message.type !== "status");
      await client.send("shell", greeting, {});
    }
    const welcome = client.next("iopub", (message) => message.type === "iopub_welcome");
    client.#iopub.subscribe();
    await welcome;
    return client;
  }

  /** The next message on a channel that matches. */
  next(channel: Channel | "iopub", matches: (message: Received) => boolean): Promise<Received> {
    const waiters = this.#waiters.get(channel) ?? new Set();
    this.#waiters.set(channel, waiters);
    const found = new Promise<Received>((resolve) => {
      const waiter: Waiter = {
        matches,
        take: (message) => {
          waiters.delete(waiter);
          resolve(message);
        },
      };
      waiters.add(waiter);
    });
    return deadline(
      found,
      () =>
        `on ${channel}\nkernel log:\n${this.log}\nheard last: ${this.heard
          .slice(-50)
          .map(({ type }) => type)
          .join(" ")}`,
    );
  }

  /** Sends a message; returns its id. */
  async send(
    channel: Channel,
    type: string,
    content: Json,
    parent: Json = {},
    buffers: readonly Buffer[] = [],
    id: string = randomUUID(),
  ): Promise<string> {
    const header = { msg_id: id, session: this.#session, username: "test", date: new Date().toISOString(), msg_type: type, version: "5.4" };
    const parts = [header, parent, {}, content].map((part) => JSON.stringify(part));
    await this.sendFrames(channel, [DELIMITER, this.sign(parts), ...parts, ...buffers]);
    return id;
  }

  /** Sends frames as they are. */
  async sendFrames(channel: Channel, frames: readonly (string | Buffer)[]): Promise<void> {
    await this.#sockets[channel].send([...frames]);
  }

  sign(parts: readonly (string | Buffer)[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  /** Sends a request and waits for its reply and for `idle`. */
  async request(type: string, content: Json = {}, channel: "shell" | "control" = "shell"): Promise<Answer> {
    const from = this.heard.length;
    const id = randomUUID();
    const isMine = (message: Received): boolean => message.parent["msg_id"] === id;
    // Waiting starts before sending: the kernel may be faster than the end of `send`.
    const reply = this.next(channel, isMine);
    const idle = this.next("iopub", (message) => isMine(message) && message.content["execution_state"] === "idle");
    await this.send(channel, type, content, {}, [], id);
    const [replied] = await Promise.all([reply, idle]);
    return answerOf(replied, this.heard.slice(from).filter(isMine));
  }

  /** Runs a cell. */
  execute(code: string, content: Json = {}): Promise<Answer> {
    return this.request("execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
      ...content,
    });
  }

  /** Sends a heartbeat and returns what comes back. */
  async heartbeat(text: string): Promise<string> {
    await this.#heartbeat.send(text);
    const [echo] = await deadline(this.#heartbeat.receive(), () => "no heartbeat");
    return String(echo);
  }

  /** Resolves when iopub has said `text` on a stream. */
  async heardText(text: string): Promise<void> {
    const has = (): boolean =>
      this.heard
        .filter(({ type }) => type === "stream")
        .map(({ content }) => content["text"])
        .join("")
        .includes(text);
    while (!has()) await this.next("iopub", ({ type }) => type === "stream");
  }

  /** Resolves when the kernel has written `count` lines to its log that hold `text`. */
  async logged(text: string, count: number): Promise<void> {
    const lines = (): number => this.log.split("\n").filter((line) => line.includes(text)).length;
    const enough = (async () => {
      while (lines() < count) await new Promise((resolve) => setTimeout(resolve, 20));
    })();
    await deadline(enough, () => `${count} lines with "${text}" in the log:\n${this.log}`);
  }

  /** Shuts the kernel down and removes what the client made. */
  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await this.send("control", "shutdown_request", { restart: false });
      await deadline(this.exited, () => "the kernel does not end");
    }
    this.close();
  }

  /** Closes the sockets and removes the connection file. */
  close(): void {
    for (const socket of [...Object.values(this.#sockets), this.#iopub, this.#heartbeat]) socket.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #listen(channel: Channel | "iopub", socket: Dealer | Subscriber): Promise<void> {
    for await (const frames of socket) {
      const message = this.#decode(frames);
      if (channel === "iopub") this.heard.push(message);
      for (const waiter of [...(this.#waiters.get(channel) ?? [])]) if (waiter.matches(message)) waiter.take(message);
    }
  }

  #decode(frames: readonly Buffer[]): Received {
    const at = frames.findIndex((frame) => String(frame) === DELIMITER);
    const parts = frames.slice(at + 2, at + 6).map(String);
    if (String(frames[at + 1]) !== this.sign(parts)) throw new Error("the kernel signs wrongly");
    const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part) as Json) as [Json, Json, Json, Json];
    return { type: String(header["msg_type"]), header, parent, metadata, content, buffers: frames.slice(at + 6) };
  }
}

function answerOf(reply: Received, iopub: readonly Received[]): Answer {
  return {
    reply,
    iopub,
    outputs: iopub.filter(({ type }) => type !== "status" && type !== "execute_input"),
    text: (name) =>
      iopub
        .filter(({ type, content }) => type === "stream" && content["name"] === name)
        .map(({ content }) => content["text"])
        .join(""),
    result: (iopub.find(({ type }) => type === "execute_result")?.content["data"] as Json | undefined)?.["text/plain"],
  };
}
