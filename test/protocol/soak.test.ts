/**
 * Crashes, interrupts and ordinary cells in random order on one kernel: no output is lost or shown at another cell, and neither a
 * process, a descriptor nor a file stays behind. A short run by default; CONTRIBUTING.md tells how to have the long one.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { KernelClient, type Answer } from "./client.js";
import { allGone, openDescriptors, processesWith, residentMib } from "./processes.js";
import { Random, seedFrom } from "./random.js";
import { CELLS, CRASHES, ENDLESS_CELLS, STOPPED, type SoakCell } from "./soak-cells.js";

const isLong = process.env["MMAPLAB_SOAK"] === "long";
const COUNTS = isLong ? { crashes: 500, interrupts: 500, cells: 2000 } : { crashes: 20, interrupts: 20, cells: 80 };
const seed = seedFrom("MMAPLAB_SOAK_SEED");

/** Some 70 MiB are Node itself. What the kernel remembers of cells is a few megabytes at most. */
const SUPERVISOR_BOUND_MIB = 256;

interface Step {
  readonly number: number;
  readonly cell: SoakCell;
  readonly isInterrupted: boolean;
}

/** So many of `choices` that each comes up as often as the others. */
const evenly = <T>(choices: readonly T[], count: number): T[] => Array.from({ length: count }, (_, i) => choices[i % choices.length] as T);

/** The steps in groups: those of a group are sent together. */
function plan(random: Random): Step[][] {
  const cells = [
    ...evenly([...CRASHES, STOPPED], COUNTS.crashes),
    ...evenly(ENDLESS_CELLS, COUNTS.interrupts),
    ...evenly(CELLS, COUNTS.cells),
  ];
  const groups: Step[][] = [];
  random.shuffled(cells).forEach((cell, number) => {
    const step = { number, cell, isInterrupted: cell.ename === "KeyboardInterrupt" };
    const last = groups.at(-1);
    const joins = !step.isInterrupted && last?.every((each) => !each.isInterrupted) === true && last.length < 5 && random.below(3) === 0;
    if (joins) last.push(step);
    else groups.push([step]);
  });
  return groups;
}

async function run(client: KernelClient, { number, cell, isInterrupted }: Step, delayMs: number): Promise<Answer> {
  const code = cell.code(number);
  const token = `<${number}:before>`;
  const isUnderWay = isInterrupted
    ? client.next("iopub", ({ type, content }) =>
        cell.says.length > 0
          ? type === "stream" && String(content["text"]).includes(token)
          : type === "execute_input" && content["code"] === code,
      )
    : null;
  // A cell that fails is not to keep those sent with it from running.
  const running = client.execute(code, { stop_on_error: false });
  if (isUnderWay !== null) {
    await isUnderWay;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await client.request("interrupt_request", {}, "control");
  }
  return running;
}

/** Step and word of each token to the requests it was put out for, in all messages the kernel has sent. */
function tokensHeard(client: KernelClient): Map<string, unknown[]> {
  const tokens = new Map<string, unknown[]>();
  for (const { type, content, parent } of client.heard) {
    if (type !== "stream" && type !== "display_data") continue;
    for (const [token] of JSON.stringify(content).matchAll(/<\d+:\w+>/g)) {
      tokens.set(token, [...(tokens.get(token) ?? []), parent["msg_id"]]);
    }
  }
  return tokens;
}

const total = COUNTS.crashes + COUNTS.interrupts + COUNTS.cells;
const title = `${COUNTS.crashes} crashes, ${COUNTS.interrupts} interrupts and ${COUNTS.cells} cells lose no output and leave nothing behind`;

test(title, { timeout: total * 10_000 }, async () => {
  console.warn(`MMAPLAB_SOAK_SEED=${seed} repeats this order`);
  const random = new Random(seed);
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-soak-"));
  const [cwd, data, temporary] = ["work", "data", "tmp"].map((name) => join(folder, name)) as [string, string, string];
  for (const each of [cwd, data, temporary]) mkdirSync(each);
  const marker = `MMAPLAB_SOAK_RUN=${folder}`;
  const client = await KernelClient.start({
    cwd,
    dataFolder: data,
    args: ["--heap", "64"],
    env: { TMPDIR: temporary, MMAPLAB_SOAK_RUN: folder },
  });
  const supervisor = client.process.pid ?? 0;
  try {
    await client.execute("1");
    await expect.poll(() => processesWith(marker), { timeout: 10_000 }).toHaveLength(3);
    const before = { descriptors: openDescriptors(supervisor), resident: residentMib(supervisor) };
    const started = performance.now();

    const askedFor = new Map<number, unknown>();
    const expected = new Map<string, unknown>();
    let count = 0;
    let replaced = 0;
    for (const group of plan(random)) {
      const answers = await Promise.all(group.map((step) => run(client, step, random.below(4) === 0 ? random.below(30) : 0)));
      group.forEach(({ number, cell, isInterrupted }, i) => {
        const { reply, outputs, result } = answers[i] as Answer;
        const where = `seed ${seed}, step ${number}: ${cell.name}\n${JSON.stringify(reply.content)}`;
        const id = reply.parent["msg_id"];
        askedFor.set(number, id);
        for (const word of cell.says) expected.set(`<${number}:${word}>`, id);
        expect(reply.content["ename"], where).toBe(cell.ename);
        const errors = outputs.filter(({ type }) => type === "error");
        expect(
          errors.map(({ content }) => content["ename"]),
          where,
        ).toEqual(cell.ename === undefined ? [] : [cell.ename]);
        const isReplaced = isInterrupted && String(reply.content["evalue"]).includes("did not react");
        if (isReplaced) replaced++;
        if (cell.ename === undefined) expect(result, where).toBe(String(++count));
        if (isReplaced || CRASHES.includes(cell)) count = 0;
      });
    }

    const seconds = (performance.now() - started) / 1000;
    const answer = await client.execute("6 * 7");
    expect(answer.result).toBe("42");
    const heard = tokensHeard(client);
    for (const [token, id] of expected) expect(heard.get(token), `${token}, seed ${seed}`).toEqual([id]);
    for (const [token, ids] of heard) {
      // What a timer prints after its cell has ended is lost when the process dies first, and a cell may be interrupted before it says
      // anything; where the text comes, it belongs to its cell.
      if (!expected.has(token)) expect(token, `seed ${seed}`).toMatch(/:(late|maybe)>$/);
      expect(ids, `${token}, seed ${seed}`).toEqual([askedFor.get(Number(/\d+/.exec(token)?.[0]))]);
    }

    await expect.poll(() => processesWith(marker), { timeout: 10_000 }).toHaveLength(3);
    await expect.poll(() => openDescriptors(supervisor), { timeout: 10_000 }).toBeLessThanOrEqual(before.descriptors);
    const resident = residentMib(supervisor);
    console.warn(
      `${total} steps in ${seconds.toFixed(0)} s, ${replaced} processes replaced by an interrupt; supervisor: ` +
        `${before.descriptors} descriptors before, ${openDescriptors(supervisor)} after; ` +
        `${before.resident.toFixed(0)} MiB before, ${resident.toFixed(0)} MiB after; ${expected.size} tokens expected, ${heard.size} heard`,
    );
    expect(resident).toBeLessThan(SUPERVISOR_BOUND_MIB);
    expect(client.log).toBe("");

    const pids = processesWith(marker);
    await client.stop();
    expect(await allGone(pids)).toBe(true);
    expect(processesWith(marker)).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(data, { recursive: true })).toEqual(["mmaplab", "mmaplab/history", "mmaplab/history/1.jsonl"]);
  } finally {
    await client.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
