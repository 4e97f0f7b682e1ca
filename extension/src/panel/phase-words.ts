/** How things stand with a notebook's kernel, in a sentence that says what to do. */
import { printable } from "mmaplab/views";
import type { Phrases } from "../phrases.js";
import type { Feed } from "./feed.js";

/** @returns empty where there is nothing to say but what is shown anyway */
export function phaseWords(feed: Pick<Feed, "phase" | "reason" | "loss" | "content"> | null, trans: Phrases): string {
  if (feed === null) return trans.__("No notebook is open. Open one with the mmaplab kernel, and its memory is shown here.");
  switch (feed.phase) {
    case "no-kernel":
      return trans.__("This notebook has no kernel. Start one in the menu Kernel.");
    case "other-kernel":
      return trans.__("This notebook has a kernel for %1. The panel shows the memory of mmaplab kernels.", printable(feed.reason, 40));
    case "connecting":
      return trans.__("Connecting to the kernel…");
    case "waiting":
      return trans.__("A cell is running. The memory is shown when it ends, and from then on while cells run.");
    case "restarting":
      return trans.__("The kernel is restarting.");
    case "disconnected":
      return trans.__("The connection to the kernel is lost. What is shown is the last that was known; it is connected again by itself.");
    case "failed":
      return trans.__("The kernel does not answer the panel: %1", printable(feed.reason));
    case "live":
      return liveWords(feed, trans);
  }
}

function liveWords({ loss, content }: Pick<Feed, "loss" | "content">, trans: Phrases): string {
  if (loss === "crashed")
    return trans.__("The process that ran the cells has ended, and its variables and mappings are gone. This is the new process.");
  if (loss === "restarted") return trans.__("The kernel was restarted: variables and mappings are gone.");
  if (content === null || (content.folded === 0 && content.exact)) return "";
  const folded = trans._n("%1 operation is folded.", "%1 operations are folded.", content.folded);
  return content.exact ? folded : `${folded} ${trans.__("Some neighbouring mappings may be shown as one.")}`;
}
