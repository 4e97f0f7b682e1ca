/** All that the panel shows of one feed, as plain elements: how things stand, the counters, the mappings, the operations. */
import { FIRST_PROCESS, type ProcessId } from "mmaplab/model";
import { noticeElements } from "../notice.js";
import type { Phrases } from "../phrases.js";
import { Counters } from "./counters.js";
import { EventList } from "./event-list.js";
import type { Feed, FeedContent } from "./feed.js";
import { phaseWords } from "./phase-words.js";
import { SpaceList } from "./space-list.js";

export class SpaceView {
  readonly node = document.createElement("div");
  readonly #status = document.createElement("div");
  readonly #retry = document.createElement("button");
  readonly #body = document.createElement("div");
  readonly #process = document.createElement("select");
  readonly #live = document.createElement("button");
  readonly #moment = document.createElement("span");
  readonly #heading = document.createElement("h3");
  readonly #counters: Counters;
  readonly #space: SpaceList;
  readonly #events: EventList;
  #feed: Feed | null = null;
  /** The number of the operation after which the memory is shown; null for the present. */
  #chosen: number | null = null;
  #chosenProcess: ProcessId = FIRST_PROCESS;
  #frame = 0;

  constructor(private readonly trans: Phrases) {
    this.#counters = new Counters(trans);
    this.#space = new SpaceList(trans);
    this.#events = new EventList(trans, (number) => this.#choose(number));
    this.node.className = "mmaplab-panel-view";
    this.#status.className = "mmaplab-panel-status";
    this.#status.setAttribute("role", "status");
    this.#retry.textContent = trans.__("Connect again");
    this.#retry.addEventListener("click", () => this.#feed?.retry());
    this.#body.className = "mmaplab-panel-body";
    this.#process.setAttribute("aria-label", trans.__("Process"));
    this.#process.addEventListener("change", () => {
      this.#chosenProcess = Number(this.#process.value);
      this.render();
    });
    this.#live.textContent = trans.__("Live");
    this.#live.addEventListener("click", () => this.#choose(null));
    const bar = document.createElement("div");
    bar.className = "mmaplab-panel-time";
    bar.append(this.#live, this.#moment, this.#process);
    const operations = document.createElement("h3");
    operations.textContent = trans.__("Operations");
    this.#body.append(this.#counters.node, this.#heading, this.#space.node, operations, bar, this.#events.node);
    this.node.append(this.#status, this.#retry, this.#body);
    this.render();
  }

  /** Shows another feed, or none. */
  set feed(feed: Feed | null) {
    if (feed === this.#feed) return;
    this.#feed?.changed.disconnect(this.#onChanged, this);
    this.#feed = feed;
    this.#chosen = null;
    this.#chosenProcess = FIRST_PROCESS;
    feed?.changed.connect(this.#onChanged, this);
    this.render();
  }

  /** Draws at once what is known now. Never throws: what cannot be drawn is said so, and the rest of the page goes on. */
  render(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    try {
      this.#draw();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#status.replaceChildren(...noticeElements(this.trans.__("The memory could not be shown: %1", reason), null));
      this.#status.hidden = false;
      this.#body.hidden = true;
      console.error("mmaplab: the address space could not be shown", error);
    }
  }

  /** Draws what came into sight when the size has changed. */
  resize(): void {
    this.#space.resize();
    this.#events.resize();
  }

  dispose(): void {
    this.feed = null;
    cancelAnimationFrame(this.#frame);
    this.node.remove();
  }

  #draw(): void {
    const words = phaseWords(this.#feed, this.trans);
    if (this.#status.textContent !== words) this.#status.textContent = words;
    this.#status.hidden = words === "";
    this.#retry.hidden = this.#feed?.phase !== "failed";
    const content = this.#feed?.content ?? null;
    this.#body.hidden = content === null;
    this.node.dataset["phase"] = this.#feed?.phase ?? "no-notebook";
    if (content === null) this.#space.clear();
    else this.#show(content);
  }

  #show({ timeline, foreign, labels, counters }: FeedContent): void {
    if (this.#chosen !== null && (this.#chosen <= timeline.gone || this.#chosen > timeline.end)) this.#chosen = null;
    const model = this.#chosen === null ? timeline.now : timeline.after(this.#chosen);
    const processes = model.running;
    const process = processes.includes(this.#chosenProcess) ? this.#chosenProcess : FIRST_PROCESS;
    this.#showProcesses(processes, process);
    this.#counters.show(counters);
    const mappings = processes.includes(process) ? this.#space.show(model, process, foreign, labels) : 0;
    this.#heading.textContent = this.trans._n("%1 mapping", "%1 mappings", mappings);
    this.#events.show(timeline.events, this.#chosen);
    this.#live.setAttribute("aria-pressed", String(this.#chosen === null));
    this.#moment.textContent =
      this.#chosen === null
        ? this.trans._n("%1 operation", "%1 operations", timeline.end)
        : this.trans.__("after operation %1 of %2", String(this.#chosen), String(timeline.end));
  }

  #showProcesses(processes: readonly ProcessId[], chosen: ProcessId): void {
    this.#process.hidden = processes.length < 2;
    const wanted = processes.join(" ");
    if (this.#process.dataset["processes"] !== wanted) {
      this.#process.dataset["processes"] = wanted;
      const options = processes.map((id) => {
        const option = document.createElement("option");
        option.value = String(id);
        option.textContent = id === FIRST_PROCESS ? this.trans.__("Notebook") : this.trans.__("Process %1", String(id));
        return option;
      });
      this.#process.replaceChildren(...options);
    }
    this.#process.value = String(chosen);
  }

  #choose(number: number | null): void {
    this.#chosen = number;
    this.render();
  }

  /** At most once a frame, however much comes. */
  #onChanged(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.render());
  }
}
