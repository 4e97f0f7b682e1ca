/**
 * The panel's line to one notebook's kernel: it opens the comm, reads what comes, and knows how things stand when a kernel
 * restarts, crashes or is cut off. Nothing is asked for again and again: everything follows from signals and messages.
 */
import type { ISessionContext } from "@jupyterlab/apputils";
import type { Kernel } from "@jupyterlab/services";
import { Signal, type ISignal } from "@lumino/signaling";
import { decodeStep, decodeTrace, type ForeignRange, type TraceLabel } from "mmaplab/model";
import {
  ADDRESS_SPACE_TARGET,
  ADDRESS_SPACE_VERSION,
  readPanelMessage,
  type PanelRequest,
  type PanelState,
  type PanelSteps,
  type ProcessCounters,
} from "mmaplab/views";
import { Timeline } from "./timeline.js";

/** How things stand with the kernel of a notebook. */
export type Phase =
  /** No kernel runs for this notebook. */
  | "no-kernel"
  /** The kernel is another one. */
  | "other-kernel"
  | "connecting"
  /** The comm is open, and a cell runs that must end before the kernel answers. */
  | "waiting"
  | "live"
  | "restarting"
  /** The browser has no connection to the kernel. */
  | "disconnected"
  /** The kernel does not answer as it should. */
  | "failed";

/** What happened to the memory that was shown before. */
export type Loss = "none" | "restarted" | "crashed";

const KERNEL = "mmaplab";
/** Times a comm may be closed before anything came over it. */
const MOST_FAILURES = 3;

/** What the kernel sent, as it stands now. */
export interface FeedContent {
  readonly timeline: Timeline;
  readonly foreign: readonly ForeignRange[];
  readonly labels: readonly TraceLabel[];
  readonly counters: ProcessCounters;
  readonly folded: number;
  readonly exact: boolean;
}

export class Feed {
  #phase: Phase = "connecting";
  #loss: Loss = "none";
  #reason = "";
  #content: FeedContent | null = null;
  #comm: Kernel.IComm | null = null;
  /** Counts connections, so that what comes late of an earlier one is not taken for the present one. */
  #attempt = 0;
  #failures = 0;
  #isOpen = false;
  readonly #changed = new Signal<this, void>(this);

  /**
   * @param session the notebook's
   * @param intervalMs gives the interval of messages to ask for
   */
  constructor(
    private readonly session: ISessionContext,
    private readonly intervalMs: () => number,
  ) {
    session.kernelChanged.connect(this.#onKernelChanged, this);
    session.statusChanged.connect(this.#onStatus, this);
    session.connectionStatusChanged.connect(this.#onConnection, this);
  }

  /** Emitted whenever there is something new to show. */
  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** What happened to the memory of an earlier process; "none" again from the first step of the new one. */
  get loss(): Loss {
    return this.#loss;
  }

  /** Why the phase is "failed", or which kernel it is for "other-kernel". */
  get reason(): string {
    return this.#reason;
  }

  /** The state; null until the kernel has sent one. Kept, as what was last known, while there is no connection. */
  get content(): FeedContent | null {
    return this.#content;
  }

  /** Connects. From now on the kernel sends. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#failures = 0;
    void this.#connect();
  }

  /** Ends the connection: the kernel sends nothing any more, and keeps nothing. */
  close(): void {
    this.#isOpen = false;
    this.#drop();
  }

  /** Forgets the operations that are listed; the memory stays as it is. */
  clearHistory(): void {
    this.#content?.timeline.clear();
    this.#changed.emit();
  }

  /** Connects anew after the phase "failed". */
  retry(): void {
    this.#failures = 0;
    this.#drop();
    void this.#connect();
  }

  dispose(): void {
    this.close();
    Signal.clearData(this);
  }

  async #connect(): Promise<void> {
    if (!this.#isOpen || this.#comm !== null) return;
    const attempt = (this.#attempt += 1);
    const kernel = this.session.session?.kernel ?? null;
    if (kernel === null) {
      const isComing = ["initializing", "starting", "restarting"].includes(this.session.kernelDisplayStatus);
      this.#become(isComing ? "connecting" : "no-kernel");
      return;
    }
    if (kernel.connectionStatus !== "connected") {
      this.#become("connecting");
      return;
    }
    this.#become("connecting");
    try {
      const info = await kernel.info;
      if (attempt !== this.#attempt) return;
      if (info.implementation !== KERNEL) {
        this.#become("other-kernel", info.language_info.name);
        return;
      }
      const comm = kernel.createComm(ADDRESS_SPACE_TARGET);
      this.#comm = comm;
      comm.onMsg = (message) => this.#onMessage(attempt, message.content.data);
      comm.onClose = (message) => this.#onClosed(attempt, message.content.data);
      const request: PanelRequest = { version: ADDRESS_SPACE_VERSION, type: "open", intervalMs: this.intervalMs() };
      const opened = comm.open({ ...request });
      // It is rejected where the kernel goes away meanwhile, which its status tells as well.
      opened.done.catch(() => undefined);
      if (kernel.status === "busy") this.#become("waiting");
    } catch (error) {
      if (attempt === this.#attempt) this.#become("failed", error instanceof Error ? error.message : String(error));
    }
  }

  #onMessage(attempt: number, data: unknown): void {
    if (attempt !== this.#attempt) return;
    const message = readPanelMessage(data);
    if (message === null) return;
    try {
      if (message.type === "state") this.#begin(message);
      else this.#follow(message);
      this.#failures = 0;
      this.#become("live");
    } catch (error) {
      this.#become("failed", error instanceof Error ? error.message : String(error));
    }
  }

  #begin(message: PanelState): void {
    const trace = decodeTrace(message.trace);
    const { first, counters, folded, exact } = message;
    const timeline = new Timeline(trace, first);
    this.#content = { timeline, foreign: trace.foreign, labels: trace.labels, counters, folded, exact };
    if (timeline.events.length > 0) this.#loss = "none";
  }

  #follow(message: PanelSteps): void {
    const content = this.#content;
    if (content === null || message.first !== content.timeline.end) {
      // Something was lost under way.
      this.#send("resend");
      return;
    }
    const { timeline } = content;
    timeline.append(message.steps.map((step, index) => decodeStep(step, `operation ${String(message.first + index + 1)}`)));
    const foreign = message.foreign?.map(([start, end, mappings]) => ({ start: BigInt(start), end: BigInt(end), mappings }));
    const counters = { ...message.counters, dirtyKib: message.counters.dirtyKib ?? content.counters.dirtyKib };
    const labels = message.labels?.map(([text, start, end]) => ({ text, start: BigInt(start), end: BigInt(end) }));
    this.#content = { ...content, counters, foreign: foreign ?? content.foreign, labels: labels ?? content.labels };
    if (message.steps.length > 0) this.#loss = "none";
  }

  #send(type: PanelRequest["type"]): void {
    const request: PanelRequest = { version: ADDRESS_SPACE_VERSION, type, intervalMs: this.intervalMs() };
    this.#comm?.send({ ...request }).done.catch(() => undefined);
  }

  /** The kernel's side closed it: the process that ran the cells is gone, or knows nothing of the panel. */
  #onClosed(attempt: number, data: unknown): void {
    if (attempt !== this.#attempt) return;
    this.#comm = null;
    this.#failures += 1;
    const reason = typeof data === "object" && data !== null ? (data as { readonly reason?: unknown }).reason : undefined;
    if (this.#failures > MOST_FAILURES) {
      this.#become("failed", typeof reason === "string" ? reason : "");
      return;
    }
    this.#lose("crashed");
    void this.#connect();
  }

  #onKernelChanged(): void {
    this.#drop();
    this.#content = null;
    this.#loss = "none";
    this.#failures = 0;
    void this.#connect();
  }

  #onStatus(_: ISessionContext, status: Kernel.Status): void {
    if (!this.#isOpen) return;
    if (status === "restarting" || status === "autorestarting") {
      this.#drop();
      this.#lose("restarted");
      this.#become("restarting");
    } else if (status === "dead" || status === "terminating") {
      this.#drop();
      this.#become("no-kernel");
    } else if (this.#phase === "failed" || this.#phase === "other-kernel") {
      return;
    } else if ((status === "idle" || status === "busy") && this.#comm === null) {
      void this.#connect();
    }
  }

  #onConnection(_: ISessionContext, status: Kernel.ConnectionStatus): void {
    if (!this.#isOpen || this.#phase === "restarting") return;
    if (status === "connected") {
      // What was sent meanwhile is lost, so everything is asked for anew.
      this.#drop();
      void this.#connect();
    } else if (this.#phase === "live" || this.#phase === "waiting") {
      this.#become("disconnected");
    }
  }

  #lose(how: Loss): void {
    if (this.#content !== null) this.#loss = how;
    this.#content = null;
  }

  /** Lets go of the comm; tells the kernel where that can still be told. */
  #drop(): void {
    this.#attempt += 1;
    const comm = this.#comm;
    this.#comm = null;
    if (comm === null || comm.isDisposed) return;
    comm.onMsg = () => undefined;
    comm.onClose = () => undefined;
    try {
      comm.close().done.catch(() => undefined);
    } catch {
      // The connection is gone, and the comm with it.
    }
  }

  #become(phase: Phase, reason = ""): void {
    this.#phase = phase;
    this.#reason = reason;
    this.#changed.emit();
  }
}
