/**
 * The comms that are open between cells and the front end, for `comm_info_request`, and their messages on iopub.
 */
import type { CommFrame } from "../runtime/frames.js";
import type { IoPub } from "./iopub.js";
import { objectOf, textOf, type Content, type Header, type Message } from "./message.js";

export class OpenComms {
  readonly #iopub: IoPub;
  /** Comm id to target name. */
  readonly #targets = new Map<string, string>();

  constructor(iopub: IoPub) {
    this.#iopub = iopub;
  }

  /** Sends a comm message of a cell to the front ends. */
  publish(comm: CommFrame, parent: Header | null): void {
    this.#note(comm);
    const content = { comm_id: comm.commId, data: comm.data, ...(comm.targetName === undefined ? {} : { target_name: comm.targetName }) };
    const buffers = (comm.buffers ?? []).map((text) => Buffer.from(text, "base64"));
    this.#iopub.publish(`comm_${comm.event}`, content, parent, { metadata: comm.metadata ?? {}, buffers });
  }

  /** The frame for a comm message of the front end. */
  receive(event: CommFrame["event"], message: Message): CommFrame {
    const { content, metadata, buffers } = message;
    const comm: CommFrame = {
      event,
      commId: textOf(content, "comm_id"),
      data: objectOf(content, "data"),
      metadata,
      buffers: buffers.map((bytes) => bytes.toString("base64")),
      ...(event === "open" ? { targetName: textOf(content, "target_name") } : {}),
    };
    this.#note(comm);
    return comm;
  }

  /** What `comm_info_reply` says: the open comms, all or of one target. */
  describe(targetName: string | null): Content {
    const chosen = [...this.#targets].filter(([, name]) => targetName === null || name === targetName);
    return Object.fromEntries(chosen.map(([id, name]) => [id, { target_name: name }]));
  }

  /** Tells the front ends that the other end of every comm is gone. */
  closeAll(parent: Header | null): void {
    for (const id of this.#targets.keys()) {
      this.#iopub.publish("comm_close", { comm_id: id, data: { reason: "the process that held this comm is gone" } }, parent);
    }
    this.#targets.clear();
  }

  #note({ event, commId, targetName }: CommFrame): void {
    if (event === "open") this.#targets.set(commId, targetName ?? "");
    else if (event === "close") this.#targets.delete(commId);
  }
}
