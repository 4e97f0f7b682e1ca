/**
 * The broadcast channel: status, outputs, comm messages. Text of one stream is gathered for a moment, because a message
 * for each line of a long print would keep every browser busy.
 */
import type { Content, Header } from "./message.js";
import type { SendQueue } from "./sockets.js";
import type { Wire } from "./wire.js";

/** Stream text waits this long for more, in ms, and at most until it is this long, in UTF-16 units. */
const GATHER_MS = 10;
const GATHER_LENGTH = 64 * 1024;

/** Above this the outputs of cells are no longer taken until the queue is shorter. */
const BACKLOG_BYTES = 8 * 1024 * 1024;

export type StreamName = "stdout" | "stderr";

interface Gathered {
  readonly name: StreamName;
  readonly parent: Header | null;
  text: string;
}

export interface PublishExtras {
  readonly metadata?: Content;
  readonly buffers?: readonly Uint8Array[];
}

export class IoPub {
  readonly #queue: SendQueue;
  readonly #wire: Wire;
  #gathered: Gathered | null = null;
  #timer: NodeJS.Timeout | null = null;
  #hasStarted = false;

  constructor(queue: SendQueue, wire: Wire) {
    this.#queue = queue;
    this.#wire = wire;
  }

  /** Sends a message to all front ends, after what was published before. */
  publish(type: string, content: Content, parent: Header | null, extras: PublishExtras = {}): void {
    this.#flush();
    this.#send(type, content, parent, extras);
  }

  /** Adds text to a stream. */
  stream(name: StreamName, text: string, parent: Header | null): void {
    if (this.#gathered !== null && (this.#gathered.name !== name || this.#gathered.parent?.msg_id !== parent?.msg_id)) this.#flush();
    this.#gathered ??= { name, parent, text: "" };
    this.#gathered.text += text;
    if (this.#gathered.text.length >= GATHER_LENGTH) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  /**
   * Tells a front end that its subscription holds, so that it misses nothing from now on (JEP 65). The state `starting`,
   * which is sent once, follows the first welcome: nobody would hear it before, and the welcome has to come first.
   */
  welcome(topic: Buffer): void {
    void this.#queue.send([
      topic,
      ...this.#wire.encode("iopub_welcome", { content: { subscription: topic.toString("utf8") }, parent: null }),
    ]);
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.publish("status", { execution_state: "starting" }, null);
  }

  /** Resolves when what is waiting to be sent is little enough to take more; null where it is now. */
  get relief(): Promise<void> | null {
    return this.#queue.pendingBytes > BACKLOG_BYTES ? this.#queue.idle : null;
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const gathered = this.#gathered;
    this.#gathered = null;
    if (gathered !== null && gathered.text !== "") this.#send("stream", { name: gathered.name, text: gathered.text }, gathered.parent, {});
  }

  #send(type: string, content: Content, parent: Header | null, extras: PublishExtras): void {
    const topic = `kernel.${this.#wire.session}.${type}`;
    void this.#queue.send([topic, ...this.#wire.encode(type, { content, parent, ...extras })]);
  }
}
