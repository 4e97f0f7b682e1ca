/**
 * Comms: channels of messages between cells and the front end (widgets, panels). A comm belongs to a *target*, a name
 * that both sides register a callback for.
 */
import { randomUUID } from "node:crypto";
import type { CommFrame } from "../frames.js";
import type { CurrentExecution } from "./current-execution.js";
import { DEFAULT_DISPLAY_BUDGET, DisplayLimit } from "./display-limit.js";
import { encodeFrame, writeEncoded } from "./frame-writer.js";

type Data = Readonly<Record<string, unknown>>;

/** What came with one message. */
export interface CommMessage {
  readonly data: Data;
  readonly metadata: Data;
  readonly buffers: readonly Uint8Array[];
}

export interface CommPayload {
  readonly metadata?: Data;
  readonly buffers?: readonly Uint8Array[];
}

/** One open channel. */
export class Comm {
  /** Called for each message of the front end. */
  onMessage: ((message: CommMessage) => void) | null = null;
  /** Called once, when either side closes it. */
  onClose: ((message: CommMessage) => void) | null = null;

  /** Made by {@link Comms}. */
  constructor(
    readonly id: string,
    readonly targetName: string,
    private readonly transmit: (event: CommFrame["event"], data: Data, payload: CommPayload) => void,
  ) {}

  /** Sends a message to the front end. */
  send(data: Data, payload: CommPayload = {}): void {
    this.transmit("msg", data, payload);
  }

  /** Closes the comm on both sides. */
  close(data: Data = {}): void {
    this.transmit("close", data, {});
  }
}

function tooMuch(): RangeError {
  const mib = DEFAULT_DISPLAY_BUDGET.comms / 1024 / 1024;
  return new RangeError(
    `this cell has sent more than ${mib} MiB over comms, which no front end keeps up with; send less at a time, or less often, and run it again`,
  );
}

/** Called when the front end opens a comm of a registered target, with its first message. */
export type TargetCallback = (comm: Comm, message: CommMessage) => void;

export class Comms {
  readonly #executions: CurrentExecution;
  readonly #targets = new Map<string, TargetCallback>();
  readonly #open = new Map<string, Comm>();
  readonly #limit = new DisplayLimit();

  constructor(executions: CurrentExecution) {
    this.#executions = executions;
  }

  /** Registers who answers when the front end opens a comm of this name. A second registration replaces the first. */
  registerTarget(name: string, callback: TargetCallback): void {
    this.#targets.set(name, callback);
  }

  /** Opens a comm to the front end's target `targetName`. */
  open(targetName: string, data: Data = {}, payload: CommPayload = {}): Comm {
    const comm = this.#create(randomUUID(), targetName);
    this.#transmit(comm, "open", data, payload);
    return comm;
  }

  /** Hands a message of the front end to its comm. A comm of an unknown target is closed again, as the protocol wants it. */
  receive(frame: CommFrame): void {
    const message = {
      data: frame.data,
      metadata: frame.metadata ?? {},
      buffers: (frame.buffers ?? []).map((text) => new Uint8Array(Buffer.from(text, "base64"))),
    };
    if (frame.event === "open") {
      const target = this.#targets.get(frame.targetName ?? "");
      const comm = this.#create(frame.commId, frame.targetName ?? "");
      if (target === undefined) comm.close({ reason: `no target "${frame.targetName ?? ""}" is registered` });
      else target(comm, message);
      return;
    }
    const comm = this.#open.get(frame.commId);
    if (comm === undefined) return; // closed by this side while the message was under way
    if (frame.event === "msg") {
      comm.onMessage?.(message);
    } else {
      this.#open.delete(comm.id);
      comm.onClose?.(message);
    }
  }

  #create(id: string, targetName: string): Comm {
    const comm: Comm = new Comm(id, targetName, (event, data, payload) => this.#transmit(comm, event, data, payload));
    this.#open.set(id, comm);
    return comm;
  }

  #transmit(comm: Comm, event: CommFrame["event"], data: Data, { metadata = {}, buffers = [] }: CommPayload): void {
    if (!this.#open.has(comm.id)) {
      if (event === "close") return;
      throw new Error(`the comm "${comm.targetName}" is closed; open a new one`);
    }
    const frame: CommFrame = {
      event,
      commId: comm.id,
      data,
      metadata,
      buffers: buffers.map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")),
      ...(event === "open" ? { targetName: comm.targetName } : {}),
    };
    const execution = this.#executions.current.id;
    const encoded = encodeFrame({ type: "comm", comm: frame, execution });
    // An error, unlike the notice of cut displays: who sends relies on it that messages arrive. The end of a comm always does.
    if (event !== "close" && this.#limit.admit(execution, "comms", encoded.length) !== "send") throw tooMuch();
    writeEncoded(encoded);
    if (event === "close") {
      this.#open.delete(comm.id);
      comm.onClose?.({ data, metadata, buffers });
    }
  }
}
