/** A small Jupyter client for benches: it can speak with any kernel that is started with a connection file. */
import { createHmac, randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { Dealer, Request, Subscriber } from "zeromq";

const DELIMITER = "<IDS|MSG>";
const TIMEOUT_MS = 60_000;
/** The library's 100 ms would be most of what is measured. */
const RECONNECT_MS = 2;

/** @typedef {{ readonly transport: "tcp", readonly ip: string, readonly key: string, readonly signature_scheme: string, readonly shell_port: number, readonly control_port: number, readonly stdin_port: number, readonly iopub_port: number, readonly hb_port: number }} ConnectionInfo */

/** @returns {Promise<ConnectionInfo>} what to write into a connection file */
export async function newConnection() {
  const servers = await Promise.all(
    Array.from({ length: 5 }, () => {
      const server = createServer();
      return new Promise((/** @type {(opened: typeof server) => void} */ resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a port was expected");
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const [shell_port = 0, control_port = 0, stdin_port = 0, iopub_port = 0, hb_port = 0] = ports;
  const key = randomUUID();
  return {
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
}

export class KernelConnection {
  #session = randomUUID();
  #key;
  #shell;
  #iopub;
  #control;
  #heartbeat;
  /** @type {Map<string, (content: Record<string, unknown>) => void>} */
  #waiting = new Map();

  /** @param {ConnectionInfo} info */
  constructor(info) {
    this.#key = info.key;
    const options = { linger: 0, reconnectInterval: RECONNECT_MS };
    this.#shell = new Dealer({ ...options, routingId: randomUUID() });
    this.#control = new Dealer({ ...options, routingId: randomUUID() });
    // Nobody reads iopub here, but a kernel without a subscriber has less to do than in a front end.
    this.#iopub = new Subscriber(options);
    this.#shell.connect(`tcp://${info.ip}:${info.shell_port}`);
    this.#control.connect(`tcp://${info.ip}:${info.control_port}`);
    this.#iopub.connect(`tcp://${info.ip}:${info.iopub_port}`);
    this.#iopub.subscribe();
    this.#heartbeat = new Request(options);
    this.#heartbeat.connect(`tcp://${info.ip}:${info.hb_port}`);
    void this.#listen(this.#shell);
    void this.#listen(this.#control);
    void this.#drain();
  }

  /**
   * Resolves when the kernel echoes a heartbeat: only from then on do kernels promise to answer requests.
   * @throws {Error} where it does not, for a minute
   */
  async alive() {
    await this.#heartbeat.send("alive");
    this.#heartbeat.receiveTimeout = TIMEOUT_MS;
    try {
      await this.#heartbeat.receive();
    } catch (error) {
      throw new Error(`no echo of a heartbeat within ${TIMEOUT_MS / 1000} s`, { cause: error });
    }
  }

  /**
   * Sends a request.
   * @param {string} type
   * @param {Record<string, unknown>} content
   * @param {"shell" | "control"} channel
   * @returns {Promise<Record<string, unknown>>} content of the reply
   */
  async request(type, content = {}, channel = "shell") {
    const id = randomUUID();
    const header = {
      msg_id: id,
      session: this.#session,
      username: "bench",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.3",
    };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    /** @type {Promise<Record<string, unknown>>} */
    const reply = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no reply to ${type} within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
      this.#waiting.set(id, (found) => {
        clearTimeout(timer);
        resolve(found);
      });
    });
    await (channel === "shell" ? this.#shell : this.#control).send([DELIMITER, hmac.digest("hex"), ...parts]);
    return reply;
  }

  /**
   * Runs a cell.
   * @param {string} code
   * @throws {Error} where it fails: the time of an error says nothing
   */
  async execute(code) {
    const options = { silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: true };
    const reply = await this.request("execute_request", { code, ...options });
    if (reply["status"] !== "ok") throw new Error(`the cell ${code} failed: ${JSON.stringify(reply)}`);
  }

  close() {
    this.#shell.close();
    this.#control.close();
    this.#iopub.close();
    this.#heartbeat.close();
  }

  /** @param {Dealer} channel */
  async #listen(channel) {
    for await (const frames of channel) {
      const at = frames.findIndex((frame) => frame.toString() === DELIMITER);
      const [, , parent, , content] = frames.slice(at + 1).map((frame) => frame.toString());
      const { msg_id: id } = JSON.parse(parent ?? "{}");
      const take = this.#waiting.get(id);
      this.#waiting.delete(id);
      take?.(JSON.parse(content ?? "{}"));
    }
  }

  async #drain() {
    for await (const frames of this.#iopub) void frames;
  }
}
