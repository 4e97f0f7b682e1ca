/** The button of an output that opens its trace; where there is none, it says why. */
import { printable, type EmbeddedTrace } from "mmaplab/views";
import type { Phrases } from "../phrases.js";

/** Opens a trace. @param data as the output has it */
export type OpenTrace = (data: string, title: string) => void;

export function openTraceButton(trace: EmbeddedTrace, title: string, trans: Phrases, open: OpenTrace): HTMLElement {
  const box = document.createElement("div");
  box.className = "mmaplab-bar";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "mmaplab-open-trace";
  button.textContent = trans.__("Open as trace");
  box.append(button);
  if ("refused" in trace) {
    const reason = document.createElement("span");
    reason.className = "mmaplab-open-trace-reason";
    reason.textContent = printable(trace.refused, 400);
    button.setAttribute("aria-disabled", "true");
    button.title = reason.textContent;
    box.append(reason);
  } else {
    const { data } = trace;
    button.title = trans._n("Step through %1 call", "Step through %1 calls", trace.steps);
    button.addEventListener("click", () => open(data, printable(title)));
  }
  return box;
}
