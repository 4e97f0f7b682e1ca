/**
 * Tells one open panel what the lab does: the state at first, then each operation with its result. A cell keeps this process
 * busy from its first line to its last, so what is new is sent from inside the pair, right after an operation, when the
 * interval has passed, and once more when the cell lets go of the process. Without a panel nothing of this exists.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import { encodeStep, encodeTrace, type Operation, type Trace, type TraceStep } from "../../model/index.js";
import {
  ADDRESS_SPACE_VERSION,
  PANEL_INTERVAL_MS,
  type ForeignRow,
  type LabelRow,
  type PanelMessage,
  type PanelSteps,
} from "../../views/index.js";
import { hex } from "../hex.js";
import type { Lab } from "../lab.js";
import { makeTrace } from "../trace/index.js";
import { processCounters } from "./counters.js";
import { stateAsSteps } from "./state-as-steps.js";

/** Operations that one message lists; of more the state is sent instead. */
const MOST_STEPS = 500;
/** Operations of the past that a panel is sent when it opens. */
const MOST_PAST_STEPS = 2000;
/** Mappings of the lab up to which everything else that is mapped is read again at the end of a cell. */
const MOST_MAPPINGS_FOR_FOREIGN = 4096;
/** Sending takes at most this share of the time: one part in so many. */
const SHARE = 10;

export interface PanelFeedOptions {
  /** Hands a message to the panel. @throws where the comm takes no more */
  readonly send: (message: PanelMessage) => void;
  /** Called once where it cannot go on, with the reason. */
  readonly fail: (reason: string) => void;
  /** Milliseconds between two messages while a cell runs; brought into the range of {@link PANEL_INTERVAL_MS}. */
  readonly intervalMs: number;
}

export class PanelFeed {
  readonly #lab: Lab;
  readonly #options: PanelFeedOptions;
  readonly #intervalMs: number;
  readonly #stopListening: () => void;
  /** Steps of the recorder that the panel knows. */
  #known = 0;
  /** Operations that the recorder had no room for. */
  #unrecorded = 0;
  /** No message before this moment while code runs, and none before that one when it has ended. */
  #runningDue = 0;
  #endedDue = 0;
  #awaitsEnd = false;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = 0;
  #foreign = "";
  #labels = "";
  #isStopped = false;

  constructor(lab: Lab, options: PanelFeedOptions) {
    this.#lab = lab;
    this.#options = options;
    const { least, usual, most } = PANEL_INTERVAL_MS;
    const wanted = Number.isFinite(options.intervalMs) ? options.intervalMs : usual;
    this.#intervalMs = Math.min(Math.max(wanted, least), most);
    this.#stopListening = lab.live.listen(() => this.#onOperation());
    this.resend();
  }

  /** Sends everything anew. */
  resend(): void {
    this.#attempt(true, () => this.#sendState(this.#pastSteps()));
  }

  /** Ends it: the lab is listened to no more. */
  stop(): void {
    this.#isStopped = true;
    this.#stopListening();
    clearTimeout(this.#timer);
  }

  #onOperation(): void {
    if (this.#lab.recorder.stopped) this.#unrecorded += 1;
    const now = performance.now();
    if (!this.#awaitsEnd) {
      this.#awaitsEnd = true;
      // What takes no longer than the interval is told of once, at its end.
      this.#runningDue = Math.max(this.#runningDue, now + this.#intervalMs);
      // Runs when the code that called the operation has let go of the process: at the end of a cell, or of a part of one.
      process.nextTick(() => {
        this.#awaitsEnd = false;
        this.#onEnd();
      });
    } else if (now >= this.#runningDue) this.#attempt(false, () => this.#sendNews(false));
  }

  #onEnd(): void {
    if (this.#isStopped) return;
    const now = performance.now();
    if (now >= this.#endedDue) {
      this.#attempt(true, () => this.#sendNews(true));
    } else if (this.#timer === undefined || now > this.#timerDue + this.#intervalMs) {
      // An interrupt of the cell ends its timers, this one too: one that is long overdue counts as none.
      clearTimeout(this.#timer);
      this.#timerDue = this.#endedDue;
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#onEnd();
      }, this.#endedDue - now).unref();
    }
  }

  #sendNews(ended: boolean): void {
    const { recorder } = this.#lab;
    const fresh = recorder.length - this.#known;
    if (recorder.stopped || fresh > MOST_STEPS) this.#sendState(null);
    else if (ended || fresh > 0) this.#options.send(this.#newSteps(ended));
  }

  #newSteps(ended: boolean): PanelSteps {
    const { recorder } = this.#lab;
    const steps = recorder.upTo(recorder.length).steps.slice(this.#known);
    const first = this.#known;
    this.#known = recorder.length;
    return {
      type: "steps",
      version: ADDRESS_SPACE_VERSION,
      first,
      steps: steps.map((step) => encodeStep(withoutLists(step))),
      counters: processCounters(ended),
      ...(ended ? this.#surroundings() : {}),
    };
  }

  /** What else is mapped, and how mappings are called, where that has changed. */
  #surroundings(): Pick<PanelSteps, "foreign" | "labels"> {
    const trace = this.#surroundingsNow();
    if (trace === null) return {};
    const foreign = JSON.stringify(foreignRows(trace));
    const labels = JSON.stringify(labelRows(trace));
    const changed = {
      ...(foreign === this.#foreign ? {} : { foreign: foreignRows(trace) }),
      ...(labels === this.#labels ? {} : { labels: labelRows(trace) }),
    };
    this.#foreign = foreign;
    this.#labels = labels;
    return changed;
  }

  #surroundingsNow(): Trace | null {
    return this.#lab.live.model.vmas().length > MOST_MAPPINGS_FOR_FOREIGN ? null : makeTrace(this.#lab, "");
  }

  /** All that was done so far, where it is not too much. */
  #pastSteps(): readonly TraceStep[] | null {
    const { recorder } = this.#lab;
    return recorder.stopped || recorder.length > MOST_PAST_STEPS ? null : recorder.upTo(recorder.length).steps;
  }

  /** @param past all there were; null for the state alone, without them */
  #sendState(past: readonly TraceStep[] | null): void {
    const { recorder, machine, live } = this.#lab;
    const recorded = recorder.upTo(recorder.length).steps;
    const { steps, exact } = past === null ? stateAsSteps(live.model, machine, recorded) : { steps: past, exact: true };
    const around = this.#surroundingsNow();
    const trace: Trace = {
      title: "",
      release: machine.release ?? live.model.profile.release,
      pageSize: PAGE_SIZE,
      machine,
      foreign: around?.foreign ?? [],
      labels: around?.labels ?? [],
      steps: steps.map(withoutLists),
      prologue: past === null ? steps.length : 0,
      leftOut: [],
    };
    this.#foreign = JSON.stringify(foreignRows(trace));
    this.#labels = JSON.stringify(labelRows(trace));
    this.#known = recorder.length;
    const folded = past === null ? recorder.length + this.#unrecorded : 0;
    this.#options.send({
      type: "state",
      version: ADDRESS_SPACE_VERSION,
      first: folded,
      folded,
      exact,
      trace: encodeTrace(trace),
      counters: processCounters(true),
    });
  }

  /**
   * Sends, and sees to it that sending takes little of the time. A cell never fails by it.
   * @param ended whether the code that called the operations has let go of the process
   */
  #attempt(ended: boolean, send: () => void): void {
    if (this.#isStopped) return;
    const start = performance.now();
    try {
      send();
    } catch (error) {
      this.stop();
      this.#options.fail(error instanceof Error ? error.message : String(error));
      return;
    }
    const end = performance.now();
    this.#runningDue = end + Math.max(this.#intervalMs, (end - start) * SHARE);
    if (ended) this.#endedDue = this.#runningDue;
  }
}

/** Single faults and bytes are not shown by the panel. */
function withoutLists({ operation, result, explained }: TraceStep): TraceStep {
  return {
    operation: withoutContent(operation),
    result: result === null ? null : { outcome: result.outcome, counts: result.counts, faults: [], reason: [] },
    ...(explained === undefined ? {} : { explained }),
  };
}

function withoutContent(operation: Operation): Operation {
  if (operation.op !== "open") return operation;
  const { content, ...rest } = operation;
  return content === undefined ? operation : rest;
}

function foreignRows({ foreign }: Trace): ForeignRow[] {
  return foreign.map(({ start, end, mappings }) => [hex(start), hex(end), mappings]);
}

function labelRows({ labels }: Trace): LabelRow[] {
  return labels.map(({ text, start, end }) => [text, hex(start), hex(end)]);
}
