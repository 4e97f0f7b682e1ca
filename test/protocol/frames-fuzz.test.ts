/**
 * Frames and bytes that no front end sends, on every channel, in random order: the kernel lives, answers what can be answered, writes a
 * line for each message it drops and nothing else, and stays small. A short run by default; CONTRIBUTING.md tells how to have the long one.
 */
import type { Socket } from "node:net";
import { Dealer, XSubscriber } from "zeromq";
import { expect, test } from "vitest";
import { KernelClient } from "./client.js";
import { connectRaw } from "./raw-connections.js";
import { FrameFuzzer, type Fate, type FuzzedChannel } from "./fuzzed-frames.js";
import { openDescriptors, residentMib } from "./processes.js";
import { Random, seedFrom } from "./random.js";

const FRAMES = process.env["MMAPLAB_FRAMES_FUZZ"] === "long" ? 100_000 : 3000;
const seed = seedFrom("MMAPLAB_FRAMES_FUZZ_SEED");

/** After so many the kernel has to have answered all, and a cell runs. */
const BATCH = 250;

/** Some 70 MiB are Node itself; the rest is what waits in queues, what is remembered of messages, and what V8 has not collected yet. */
const BOUND_MIB = 512;

/** A peer that sends frames as they are and notes which requests were answered. */
class Peer {
  readonly #sockets: Readonly<Record<FuzzedChannel, Dealer>>;
  readonly #heartbeat = new Dealer({ linger: 0, receiveTimeout: 20_000 });
  readonly #iopub = new XSubscriber({ linger: 0 });
  readonly #client: KernelClient;
  /** Requests that have no reply yet, with what they are. */
  readonly unanswered = new Map<string, string>();

  constructor(client: KernelClient) {
    this.#client = client;
    this.#sockets = { shell: new Dealer({ linger: 0 }), control: new Dealer({ linger: 0 }), stdin: new Dealer({ linger: 0 }) };
    const [shell, control, stdin, iopub, heartbeat] = [
      this.#sockets.shell,
      this.#sockets.control,
      this.#sockets.stdin,
      this.#iopub,
      this.#heartbeat,
    ];
    [shell, control, stdin, iopub, heartbeat].forEach((socket, i) => socket.connect(`tcp://127.0.0.1:${String(client.ports[i])}`));
    for (const socket of [shell, control]) void this.#note(socket);
  }

  send(channel: FuzzedChannel, frames: readonly (string | Buffer)[]): Promise<void> {
    return this.#sockets[channel].send([...frames]);
  }

  /** Subscribes to and from odd topics, and says what is neither. */
  async publishOddly(bytes: Buffer): Promise<void> {
    await this.#iopub.send(bytes);
  }

  /** Sends frames as a heartbeat; they have to come back as they are. */
  async beat(frames: readonly Buffer[]): Promise<void> {
    await this.#heartbeat.send([...frames]);
    expect(await this.#heartbeat.receive()).toEqual(frames);
  }

  /** Resolves when the kernel has taken all that was sent before: the sockets keep the order. */
  async settle(id: string): Promise<void> {
    for (const channel of ["shell", "control"] as const) {
      const header = JSON.stringify({
        msg_id: `${id}-${channel}`,
        msg_type: "kernel_info_request",
        session: "",
        username: "",
        date: "",
        version: "5.4",
      });
      const parts = [header, "{}", "{}", "{}"];
      this.unanswered.set(`${id}-${channel}`, "settling");
      await this.send(channel, ["<IDS|MSG>", this.#client.sign(parts), ...parts]);
    }
    await expect.poll(() => [...this.unanswered.values()].filter((what) => what === "settling"), { timeout: 20_000 }).toEqual([]);
  }

  close(): void {
    for (const socket of [...Object.values(this.#sockets), this.#heartbeat, this.#iopub]) socket.close();
  }

  async #note(socket: Dealer): Promise<void> {
    for await (const frames of socket) {
      const parent = JSON.parse(String(frames[3])) as { msg_id: string };
      this.unanswered.delete(parent.msg_id);
    }
  }
}

test(`${FRAMES} fuzzed messages and connections do not bring the kernel down`, { timeout: 60_000 + FRAMES * 30 }, async () => {
  console.warn(`MMAPLAB_FRAMES_FUZZ_SEED=${seed} repeats these frames`);
  const random = new Random(seed);
  const client = await KernelClient.start({ args: ["--no-history"] });
  let hasEnded = false;
  void client.exited.then(() => (hasEnded = true));
  const supervisor = client.process.pid ?? 0;
  const peer = new Peer(client);
  const fuzzer = new FrameFuzzer(random, (parts) => client.sign(parts), "fuzz");
  const open: Socket[] = [];
  const fates: Record<Fate, number> = { dropped: 0, answered: 0, silent: 0 };
  const others = { heartbeats: 0, subscriptions: 0, connections: 0 };
  let largest = 0;
  try {
    expect((await client.execute("let n = 0; n")).result).toBe("0");
    const descriptors = openDescriptors(supervisor);
    const started = performance.now();
    for (let sent = 1; sent <= FRAMES; sent++) {
      const turn = random.below(40);
      if (turn === 0) {
        others.connections++;
        open.push(await connectRaw(random, client.ports));
        if (open.length > 20) open.shift()?.destroy();
      } else if (turn === 1) {
        others.subscriptions++;
        await peer.publishOddly(Buffer.concat([Buffer.from([random.below(4)]), random.bytes(1 + random.below(50))]));
      } else if (turn === 2) {
        others.heartbeats++;
        await peer.beat(Array.from({ length: 1 + random.below(4) }, () => random.bytes(random.below(50))));
      } else {
        const { kind, channel, frames, fate, id } = fuzzer.next();
        fates[fate]++;
        if (fate === "answered") peer.unanswered.set(id, `${kind}: ${frames.map((each) => String(each).slice(0, 300)).join(" | ")}`);
        await peer.send(channel, frames);
      }
      if (sent % BATCH !== 0 && sent !== FRAMES) continue;
      await peer.settle(`settle-${sent}`);
      // Before the cell is sent: one that fails has those aborted that wait behind it.
      await expect.poll(() => [...peer.unanswered.values()], { timeout: 20_000, message: `no reply, seed ${seed}` }).toEqual([]);
      const { reply, result } = await client.execute(`n += 1; "${sent}"`);
      expect(result, `seed ${seed}, after ${sent}: ${JSON.stringify(reply.content)}\n${client.log.slice(-2000)}`).toBe(`'${sent}'`);
      expect(await client.heartbeat("alive")).toBe("alive");
      largest = Math.max(largest, residentMib(supervisor));
      client.heard.length = 0; // else this process keeps all that was ever published
    }
    const seconds = (performance.now() - started) / 1000;
    // No cell was lost on the way, nor the process that holds the variables.
    expect((await client.execute("n")).result).toBe(String(Math.ceil(FRAMES / BATCH)));
    expect((await client.request("kernel_info_request", {}, "control")).reply.content["status"]).toBe("ok");

    for (const socket of open) socket.destroy();
    peer.close();
    await expect.poll(() => openDescriptors(supervisor), { timeout: 40_000 }).toBeLessThanOrEqual(descriptors);
    console.warn(
      `${JSON.stringify({ ...fates, ...others })} in ${seconds.toFixed(0)} s; supervisor: at most ${largest.toFixed(0)} MiB, ` +
        `${residentMib(supervisor).toFixed(0)} MiB at the end`,
    );
    expect(largest).toBeLessThan(BOUND_MIB);
    const lines = client.log.trimEnd().split("\n");
    expect(lines.filter((line) => !/^\[mmaplab\] a message .* was dropped: /.test(line))).toEqual([]);
    // More, where the garbage on a raw connection happens to be frames.
    expect(lines.length).toBeGreaterThanOrEqual(fates.dropped);
  } catch (error) {
    // Then whatever was waited for did not come.
    if (hasEnded) expect.fail(`the kernel has ended, seed ${seed}\n${client.log.slice(-2000)}`);
    throw error;
  } finally {
    for (const socket of open) socket.destroy();
    await client.stop();
  }
});

test("a shutdown_request of nonsense is one all the same", async () => {
  const client = await KernelClient.start();
  const { reply } = await client.request("shutdown_request", { restart: { toString: 1 }, extra: [] }, "control");
  expect(reply.content).toEqual({ status: "ok", restart: false });
  expect(await client.exited).toBe(0);
  await client.stop();
});
