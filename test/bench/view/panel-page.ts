/** The address space panel with many mappings, for a page: bundled and put there by panel.mjs. */
import { Signal } from "@lumino/signaling";
import type { Feed, FeedContent } from "../../../extension/src/panel/feed.js";
import { SpaceView } from "../../../extension/src/panel/space-view.js";
import { Timeline } from "../../../extension/src/panel/timeline.js";
import type { Operation, TraceStep } from "../../../kernel/src/model/index.js";

const PAGE = 4096n;
const BASE = 0x7f00_0000_0000n;
/** PROT_READ | PROT_WRITE, and MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS. */
const READ_WRITE = 3;
const FLAGS = 0x32;
const APART = 32n * PAGE;

/** As the translator has it where nothing is translated. */
const filled = (text: string, values: readonly unknown[]): string =>
  text.replace(/%(\d+)/g, (_, number: string) => String(values[Number(number) - 1]));
const phrases = {
  __: (text: string, ...values: unknown[]): string => filled(text, values),
  _n: (one: string, many: string, count: number, ...values: unknown[]): string => filled(count === 1 ? one : many, [count, ...values]),
};

function told(operation: Operation): TraceStep {
  return { operation, result: null };
}

/** A feed whose content is made here instead of by a kernel. */
class MadeFeed {
  readonly phase = "live";
  readonly loss = "none";
  readonly reason = "";
  readonly changed = new Signal<this, void>(this);

  constructor(readonly content: FeedContent) {}
}

/** Opens a panel in an element. */
export function openPanel(host: HTMLElement, mappings: number): { readonly update: () => number; readonly close: () => void } {
  const steps = Array.from({ length: mappings }, (_, index) =>
    told({ op: "mmap", at: BASE + BigInt(index) * APART, length: 16n * PAGE, prot: READ_WRITE, flags: FLAGS, file: null, offset: 0n }),
  );
  const timeline = new Timeline(
    { title: "", release: "6.18.44", pageSize: 4096, machine: {}, foreign: [], labels: [], steps, prologue: steps.length, leftOut: [] },
    0,
  );
  const counters = { minorFaults: 0, majorFaults: 0, rssAnonKib: 0, rssFileKib: 0, rssShmemKib: 0, dirtyKib: 0 };
  const feed = new MadeFeed({ timeline, foreign: [], labels: [], counters, folded: 0, exact: true });
  const view = new SpaceView(phrases);
  host.classList.add("mmaplab-panel");
  host.replaceChildren(view.node);
  // What the view uses of a feed is what this one has.
  view.feed = feed as unknown as Feed;
  let round = 0;
  return {
    /** One more operation, and what it takes until the page is laid out again, in milliseconds. */
    update: () => {
      round += 1;
      const at = BASE + BigInt((round * 7) % mappings) * APART;
      const start = performance.now();
      timeline.append([
        told({ op: "touch", at, access: "write", count: 1 + (round % 15) }),
        told({ op: "mprotect", at: BASE + BigInt(round % 8) * APART, length: 4n * PAGE, prot: 1 + (round & 2) }),
      ]);
      view.render();
      host.getBoundingClientRect();
      return performance.now() - start;
    },
    close: () => {
      view.dispose();
      host.replaceChildren();
    },
  };
}
