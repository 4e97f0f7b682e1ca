/**
 * Takes requests from the shell and control channels, has them handled, and sends `busy`, the reply and `idle` around
 * that in this order. Executions wait for each other; all other requests are answered at once, also while a cell runs.
 */
import type { IoPub } from "./iopub.js";
import { flagOf, type Content, type Message } from "./message.js";
import type { SendQueue } from "./sockets.js";
import type { Wire } from "./wire.js";

/** Handles one type of request; returns the content of the reply, or null where the type has none. */
export type Handler = (request: Message) => Promise<Content | null> | Content | null;

/** One row of the table of requests. */
export interface RequestType {
  /** Type of the reply; null for messages that are not answered. */
  readonly reply: string | null;
  readonly handle: Handler;
  /** Waits for earlier requests that are in order, and is aborted when one of them fails. */
  readonly inOrder?: boolean;
}

export type RequestTable = Readonly<Record<string, RequestType>>;

type RequestChannel = "shell" | "control";

interface Arrived {
  readonly message: Message;
  readonly channel: RequestChannel;
  readonly type: RequestType;
}

export interface DispatcherParts {
  readonly wire: Wire;
  readonly iopub: IoPub;
  readonly replies: Readonly<Record<RequestChannel, SendQueue>>;
  readonly table: RequestTable;
  readonly log: (text: string) => void;
}

export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #waiting: Arrived[] = [];
  #isWorking = false;
  #executing: Arrived | null = null;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Takes a message that has passed the wire. */
  receive(channel: RequestChannel, message: Message): void {
    const name = message.header.msg_type;
    const type = Object.hasOwn(this.#parts.table, name) ? this.#parts.table[name] : undefined;
    if (type === undefined) {
      // As JSON: a line break in it would make the log say what it likes.
      const shown = JSON.stringify(name.slice(0, 100));
      this.#parts.log(`a message of type ${shown} on the ${channel} channel was dropped: the kernel does not know it`);
      return;
    }
    const arrived = { message, channel, type };
    if (type.inOrder !== true) {
      void this.#answer(arrived);
      return;
    }
    this.#waiting.push(arrived);
    if (!this.#isWorking) void this.#executeWaiting();
  }

  async #executeWaiting(): Promise<void> {
    this.#isWorking = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#executing = next;
      const stopsOnError = flagOf(next.message.content, "stop_on_error", true);
      let aborted: readonly Arrived[] = [];
      await this.#answer(next, async (reply) => {
        if (reply?.["status"] !== "error" || !stopsOnError) return;
        // Requests sent together with the failed one may still be in the socket. Taken before the reply is sent: what is sent by someone
        // who knows of the failure is meant to run.
        for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
        aborted = this.#waiting.splice(0);
      });
      this.#executing = null;
      for (const { message, channel, type } of aborted) {
        await this.#answer({ message, channel, type: { ...type, handle: () => ({ status: "aborted" }) } });
      }
    }
    this.#isWorking = false;
  }

  async #answer(arrived: Arrived, beforeReply: (content: Content | null) => Promise<void> = async () => undefined): Promise<void> {
    const { message, channel, type } = arrived;
    const { iopub, replies, wire, log } = this.#parts;
    const parent = message.header;
    iopub.publish("status", { execution_state: "busy" }, parent);
    let content: Content | null;
    try {
      content = await type.handle(message);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log(`the kernel failed to handle ${parent.msg_type}: ${text}`);
      content = {
        status: "error",
        ename: "KernelError",
        evalue: `the kernel failed to handle ${parent.msg_type}`,
        traceback: text.split("\n"),
      };
    }
    await beforeReply(content);
    if (content !== null && type.reply !== null) {
      await replies[channel].send([...message.identities, ...wire.encode(type.reply, { content, parent })]);
    }
    iopub.publish("status", { execution_state: "idle" }, parent);
    // Front ends show the state that came last, whatever it belongs to: the cell is still running.
    if (this.#executing !== null && this.#executing !== arrived) {
      iopub.publish("status", { execution_state: "busy" }, this.#executing.message.header);
    }
  }
}
