/**
 * The five ZeroMQ sockets of a kernel. This file knows frames, not messages.
 */
import { createRequire } from "node:module";
import type { Router, XPublisher } from "zeromq";
import { addressOf, type ChannelName, type Connection } from "./connection-file.js";

// Not imported: it is a CommonJS package, which `import` reads twice, once for the names of its exports.
const zeromq = createRequire(import.meta.url)("zeromq") as typeof import("zeromq");

type Frames = readonly (Buffer | Uint8Array | string)[];

/** A socket that sends one message after another: ZeroMQ for Node refuses a `send` while another is under way. */
export class SendQueue {
  readonly #socket: Router | XPublisher;
  readonly #onFailure: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #pendingBytes = 0;

  constructor(socket: Router | XPublisher, onFailure: (error: unknown) => void) {
    this.#socket = socket;
    this.#onFailure = onFailure;
  }

  /** Sends `frames` after all earlier ones; resolves when they are handed to ZeroMQ. Failures go to the log: there is nobody else to tell. */
  send(frames: Frames): Promise<void> {
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    this.#pendingBytes += bytes;
    this.#last = this.#last
      .then(() => this.#socket.send([...frames]))
      .catch(this.#onFailure)
      .finally(() => {
        this.#pendingBytes -= bytes;
      });
    return this.#last;
  }

  /** Resolves when all that was sent so far is handed to ZeroMQ. */
  get idle(): Promise<void> {
    return this.#last;
  }

  /** What waits here, in bytes. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }
}

export interface SocketEvents {
  /** A message on a channel. */
  readonly onFrames: (channel: "shell" | "control" | "stdin", frames: readonly Buffer[]) => void;
  /** A front end listens to topics on iopub from now on. */
  readonly onSubscription: (topic: Buffer) => void;
}

/** The bound sockets. */
export interface Sockets {
  readonly shell: SendQueue;
  readonly control: SendQueue;
  readonly stdin: SendQueue;
  readonly iopub: SendQueue;
  /** Starts to receive. Messages that came since the sockets were bound have waited. */
  listen(events: SocketEvents): void;
  /** Sends what is waiting (at most a second long) and closes. */
  close(): Promise<void>;
}

/**
 * Binds the sockets of `connection`.
 *
 * @param onFailure hears of a message that could not be sent or received
 * @throws Error naming the channel and address that could not be bound
 */
export async function openSockets(connection: Connection, onFailure: (channel: ChannelName, error: unknown) => void): Promise<Sockets> {
  // No limit on messages waiting for a slow front end: ZeroMQ would drop single ones, also the `idle` that ends a cell.
  // What a cell prints is limited at its source instead.
  const options = { linger: 1000, sendHighWaterMark: 0, receiveHighWaterMark: 0 };
  const sockets = {
    shell: new zeromq.Router({ ...options, handover: true }),
    control: new zeromq.Router({ ...options, handover: true }),
    stdin: new zeromq.Router({ ...options, handover: true }),
    hb: new zeromq.Router(options),
    iopub: new zeromq.XPublisher({ linger: 1000, sendHighWaterMark: 0, verbosity: "allSubs" }),
  };
  for (const channel of ["shell", "control", "stdin", "hb", "iopub"] as const) {
    const address = addressOf(connection, channel);
    try {
      await sockets[channel].bind(address);
    } catch (error) {
      throw new Error(`the ${channel} channel cannot listen on ${address}: is another kernel running on this connection file?`, {
        cause: error,
      });
    }
  }
  const queue = (channel: ChannelName): SendQueue => new SendQueue(sockets[channel], (error) => onFailure(channel, error));
  const queues = { shell: queue("shell"), control: queue("control"), stdin: queue("stdin"), iopub: queue("iopub") };
  const heartbeat = queue("hb");

  let closing = false;
  const receive = async (channel: ChannelName, take: (frames: Buffer[]) => void): Promise<void> => {
    while (!closing) {
      try {
        take(await sockets[channel].receive());
      } catch (error) {
        if (!closing) onFailure(channel, error);
      }
    }
  };
  void receive("hb", (frames) => void heartbeat.send(frames));

  return {
    ...queues,
    listen({ onFrames, onSubscription }) {
      for (const channel of ["shell", "control", "stdin"] as const) void receive(channel, (frames) => onFrames(channel, frames));
      void receive("iopub", ([event]) => {
        // The first byte is 1 for a subscription, 0 for its end; the topic follows.
        if (event?.[0] === 1) onSubscription(event.subarray(1));
      });
    },
    async close() {
      closing = true;
      await Promise.all([...Object.values(queues), heartbeat].map((each) => each.idle));
      for (const socket of Object.values(sockets)) socket.close();
    },
  };
}
