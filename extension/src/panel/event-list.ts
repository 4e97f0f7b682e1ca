/** The list of what was done, newest last. Choosing a row goes back to the state right after it. */
import type { Phrases } from "../phrases.js";
import { operationWords, outcomeOf } from "./event-words.js";
import type { TimelineEvent } from "./timeline.js";
import { VirtualList } from "./virtual-list.js";

const ROW_HEIGHT = 38;

export class EventList {
  readonly #list: VirtualList<TimelineEvent>;
  #count = 0;

  /** @param choose is given the number of the event */
  constructor(
    private readonly trans: Phrases,
    choose: (number: number) => void,
  ) {
    this.#list = new VirtualList({
      label: trans.__("Operations, oldest first. Enter shows the memory as it was right after one."),
      rowHeight: ROW_HEIGHT,
      draw: (element, event) => this.#draw(element, event),
      choose: ({ number }) => choose(number),
    });
    this.#list.node.classList.add("mmaplab-events");
  }

  get node(): HTMLElement {
    return this.#list.node;
  }

  /** @param chosen the number of the event whose state is shown; null for the present state */
  show(events: readonly TimelineEvent[], chosen: number | null): void {
    const index = chosen === null ? -1 : events.findIndex(({ number }) => number === chosen);
    const follows = chosen === null && events.length !== this.#count;
    this.#count = events.length;
    this.#list.show(events, index);
    if (follows && events.length > 0) this.#list.reveal(events.length - 1);
  }

  resize(): void {
    this.#list.resize();
  }

  #draw(element: HTMLElement, event: TimelineEvent): void {
    const { number, step, verdict, remark } = event;
    const [call, result] = element.children.length === 2 ? element.children : built(element);
    const differs = verdict === "explained" || verdict === "unexplained" || verdict === "failed";
    const mark = differs ? "≠ " : "";
    const callWords = `${mark}${String(number)}  ${operationWords(step.operation)}`;
    const ended = [outcomeOf(step), faultWords(event, this.trans)].filter((words) => words !== "").join(" · ");
    if (call && call.textContent !== callWords) call.textContent = callWords;
    if (result && result.textContent !== ended) result.textContent = ended;
    element.classList.toggle("mmaplab-differs", differs);
    const words = [callWords, ended, remark === "" ? "" : this.trans.__("The model differs: %1", remark)];
    const all = words.filter((part) => part !== "").join(". ");
    if (element.title === all) return;
    element.title = all;
    element.setAttribute("aria-label", all);
  }
}

function built(element: HTMLElement): readonly Element[] {
  const call = document.createElement("span");
  call.className = "mmaplab-event-call";
  const result = document.createElement("span");
  result.className = "mmaplab-event-result";
  element.replaceChildren(call, result);
  return [call, result];
}

function faultWords({ step: { result } }: TimelineEvent, trans: Phrases): string {
  if (result === null || (result.counts.minor === 0 && result.counts.major === 0)) return "";
  const { minor, major } = result.counts;
  return trans.__("%1 minor, %2 major faults", String(minor), String(major));
}
