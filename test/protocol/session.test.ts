import { afterEach, describe, expect, test } from "vitest";
import { KernelClient } from "./client.js";
import { allGone, childrenOf } from "./processes.js";

let client: KernelClient | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

describe("start", () => {
  test("kernel_info is answered with status, versions and language", async () => {
    client = await KernelClient.start();
    const { reply, iopub } = await client.request("kernel_info_request");
    expect(reply.type).toBe("kernel_info_reply");
    expect(reply.content).toMatchObject({
      status: "ok",
      protocol_version: "5.4",
      implementation: "mmaplab",
      language_info: { name: "typescript", file_extension: ".ts", mimetype: "text/typescript" },
    });
    expect(reply.content["implementation_version"]).toMatch(/^\d+\.\d+\.\d+/);
    expect((reply.content["language_info"] as { version: string }).version).toMatch(/^6\.0\.\d+$/);
    expect(iopub.map(({ content }) => content["execution_state"])).toEqual(["busy", "idle"]);
    expect(reply.header["session"]).not.toBe(reply.parent["session"]);
  });

  test("a request that waits at the door before the kernel listens is answered", async () => {
    // The client connects at once and sends while the kernel is still starting.
    client = await KernelClient.start({ greeting: "kernel_info_request" });
    const greeted = client.greeted;
    expect((await greeted)?.type).toBe("kernel_info_reply");
  });

  test("a kernel that cannot read its connection file says so and exits with 1", async () => {
    const { spawnSync } = await import("node:child_process");
    const { KERNEL_MAIN } = await import("./client.js");
    const run = spawnSync(process.execPath, [KERNEL_MAIN, "kernel", "/nowhere/connection.json"], { encoding: "utf8" });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("connection file /nowhere/connection.json");
  });
});

describe("signatures", () => {
  test("messages with a wrong, missing or repeated signature and torn frames are dropped, with a line in the log", async () => {
    client = await KernelClient.start({ key: "secret" });
    const parts = [
      '{"msg_id":"1","msg_type":"kernel_info_request","session":"s","username":"u","date":"","version":"5.4"}',
      "{}",
      "{}",
      "{}",
    ];
    const from = client.heard.length;
    await client.sendFrames("shell", ["<IDS|MSG>", "0".repeat(64), ...parts]);
    await client.sendFrames("shell", ["<IDS|MSG>", "", ...parts]);
    await client.sendFrames("control", ["<IDS|MSG>", client.sign(parts).slice(0, 10), ...parts]);
    await client.sendFrames("shell", ["<IDS|MSG>", client.sign(parts)]);
    await client.sendFrames("shell", ["no delimiter"]);
    await client.sendFrames("shell", ["<IDS|MSG>", client.sign(["{", "{}", "{}", "{}"]), "{", "{}", "{}", "{}"]);
    await client.sendFrames("shell", ["<IDS|MSG>", client.sign(["[]", "{}", "{}", "{}"]), "[]", "{}", "{}", "{}"]);
    await client.sendFrames("stdin", [Buffer.alloc(100_000, 255)]);
    expect((await client.request("kernel_info_request")).reply.content["status"]).toBe("ok");
    const answered = client.heard.slice(from).filter(({ parent }) => parent["msg_id"] === "1");
    expect(answered).toEqual([]);
    await client.logged("was dropped", 8);
    // The same frames, signed rightly, are answered once.
    const answer = client.next("shell", ({ parent }) => parent["msg_id"] === "1");
    await client.sendFrames("shell", ["<IDS|MSG>", client.sign(parts), ...parts]);
    await answer;
    await client.sendFrames("shell", ["<IDS|MSG>", client.sign(parts), ...parts]);
    await client.logged("the same message came before", 1);
  });

  test("an empty key means that nothing is signed", async () => {
    client = await KernelClient.start({ key: "" });
    expect((await client.execute("1 + 2")).result).toBe("3");
  });

  test("an unknown message is dropped and the kernel goes on", async () => {
    client = await KernelClient.start();
    await client.send("shell", "constructor", {});
    await client.send("shell", "make_coffee_request", {});
    expect((await client.request("kernel_info_request")).reply.content["status"]).toBe("ok");
    expect(client.log).toContain("make_coffee_request");
  });
});

describe("shutdown", () => {
  test.each([true, false])("is answered with restart %s and leaves no process, not even one a cell has started", async (restart) => {
    client = await KernelClient.start();
    const started = await client.execute('import { spawn } from "node:child_process"; spawn("sleep", ["1000"]).pid');
    const pids = [...childrenOf(client.process.pid).map(({ pid }) => pid), Number(started.result)];
    expect(pids).toHaveLength(3);
    const { reply, iopub } = await client.request("shutdown_request", { restart }, "control");
    expect(reply.content).toEqual({ status: "ok", restart });
    expect(iopub.some(({ type }) => type === "shutdown_reply")).toBe(true);
    expect(await allGone([...pids, client.process.pid ?? 0])).toBe(true);
    expect(await client.exited).toBe(0);
  });

  test("works while a cell loops", async () => {
    client = await KernelClient.start();
    void client.send("shell", "execute_request", { code: 'console.log("on"); while (true) {}' });
    await client.heardText("on");
    const pids = childrenOf(client.process.pid).map(({ pid }) => pid);
    await client.request("shutdown_request", { restart: false }, "control");
    expect(await allGone([...pids, client.process.pid ?? 0])).toBe(true);
  });

  test("no process survives a kernel that is killed while a cell loops", async () => {
    client = await KernelClient.start();
    void client.send("shell", "execute_request", { code: 'console.log("on"); while (true) {}' });
    await client.heardText("on");
    const pids = childrenOf(client.process.pid).map(({ pid }) => pid);
    expect(pids).toHaveLength(2);
    client.process.kill("SIGKILL");
    expect(await allGone(pids)).toBe(true);
  });
});
