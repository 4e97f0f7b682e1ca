/** What an open panel is told, by a real lab on the live kernel, and what the extension's timeline makes of it. */
import { afterEach, expect, test } from "vitest";
import { Timeline } from "../../../extension/src/panel/timeline.js";
import { MADV, MAP, PAGE_SIZE, PROT, lab, madvise, mmap, mprotect, munmap, type Mapping } from "../../../kernel/src/lab/index.js";
import { PanelFeed } from "../../../kernel/src/lab/panel/panel-feed.js";
import { theLab } from "../../../kernel/src/lab/the-lab.js";
import { decodeStep, decodeTrace } from "../../../kernel/src/model/index.js";
import { readPanelMessage, type PanelMessage } from "../../../kernel/src/views/index.js";

const READ_WRITE = PROT.READ | PROT.WRITE;
const feeds: PanelFeed[] = [];

afterEach(() => {
  for (const feed of feeds.splice(0)) feed.stop();
  lab.reset();
});

/** A panel that keeps what it is told, as JSON, as a comm would. */
function open(intervalMs: number): { readonly messages: PanelMessage[]; readonly failures: string[]; readonly feed: PanelFeed } {
  const messages: PanelMessage[] = [];
  const failures: string[] = [];
  const feed = new PanelFeed(theLab(), {
    send: (message) => {
      const read = readPanelMessage(JSON.parse(JSON.stringify(message)));
      if (read === null) throw new Error("the panel would ignore this message");
      messages.push(read);
    },
    fail: (reason) => failures.push(reason),
    intervalMs,
  });
  feeds.push(feed);
  return { messages, failures, feed };
}

function memory(pages: number): Mapping {
  return mmap(null, pages * PAGE_SIZE, READ_WRITE, MAP.PRIVATE | MAP.ANONYMOUS);
}

/** The code that calls operations lets go of the process, as a cell does at its end. */
function endOfCell(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The timeline that the messages lead to. */
function timelineOf(messages: readonly PanelMessage[]): Timeline {
  let timeline: Timeline | null = null;
  for (const message of messages) {
    if (message.type === "state") timeline = new Timeline(decodeTrace(message.trace), message.first);
    else {
      expect(message.first).toBe(timeline?.end);
      timeline?.append(message.steps.map((step, index) => decodeStep(step, `step ${String(index)}`)));
    }
  }
  if (timeline === null) throw new Error("no state was sent");
  return timeline;
}

const mappings = (timeline: Timeline): string[] =>
  timeline.now.vmas().map(({ start, end, perms }) => `${String(start)}-${String(end)} ${perms}`);
const liveMappings = (): string[] =>
  theLab()
    .live.model.vmas()
    .map(({ start, end, perms }) => `${String(start)}-${String(end)} ${perms}`);

test("a panel is sent the state when it opens, and one message for a short cell", async () => {
  const m = memory(4);
  const { messages } = open(10_000);
  expect(messages.map(({ type }) => type)).toEqual(["state"]);
  expect(mappings(timelineOf(messages))).toEqual(liveMappings());
  m.touch({ pages: 2, access: "write" });
  mprotect(m, PROT.READ);
  expect(messages).toHaveLength(1);
  // The state was sent less than the interval ago, so that this waits; another panel with a short interval does not.
  const quick = open(20);
  munmap(m);
  await expect.poll(() => quick.messages.length).toBe(2);
  expect(quick.messages.map(({ type }) => type)).toEqual(["state", "steps"]);
  expect(messages).toHaveLength(1);
  expect(mappings(timelineOf(quick.messages))).toEqual(liveMappings());
});

test("the counters are those of the process", () => {
  const { messages } = open(20);
  const { counters } = messages[0]!;
  expect(counters.minorFaults).toBeGreaterThan(1000);
  expect(counters.rssAnonKib).toBeGreaterThan(1000);
  expect(counters.dirtyKib === null || counters.dirtyKib > 1000).toBe(true);
});

test("messages come while a cell keeps the process busy", () => {
  const m = memory(4);
  const { messages } = open(20);
  const count = messages.length;
  const until = performance.now() + 400;
  while (performance.now() < until) m.touch({ pages: 1 });
  expect(messages.length).toBeGreaterThan(count);
});

test("a flood is folded: the state is sent instead of the operations, and what comes after is followed", async () => {
  const m = memory(8);
  m.touch({ pages: 5, access: "write" });
  const { messages } = open(10_000);
  for (let index = 0; index < 2500; index += 1) madvise(m, MADV.NORMAL);
  mprotect(m, PROT.READ);
  feeds[0]?.resend();
  const state = messages.at(-1);
  expect(state).toMatchObject({ type: "state", exact: true });
  expect(state?.type === "state" ? state.folded : 0).toBeGreaterThanOrEqual(2500);
  const timeline = timelineOf(messages);
  expect(timeline.events).toEqual([]);
  expect(mappings(timeline)).toEqual(liveMappings());
  const { states } = timeline.now.pages(m.addr, BigInt(m.length));
  expect(states).toBe("aaaaa...");
  await endOfCell();
}, 60_000);

test("a panel that takes no more is let go, and the cell goes on", () => {
  const failures: string[] = [];
  const feed = new PanelFeed(theLab(), {
    send: () => {
      throw new RangeError("too much");
    },
    fail: (reason) => failures.push(reason),
    intervalMs: 20,
  });
  feeds.push(feed);
  expect(failures).toEqual(["too much"]);
  memory(1).touch({ pages: 1 });
  expect(failures).toHaveLength(1);
});

test("nothing is sent to a panel that has closed", async () => {
  const { messages, feed } = open(20);
  feed.stop();
  memory(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(messages).toHaveLength(1);
});
