/** A kernel whose cells may take so much private memory and no more. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { useKernel } from "./kernel-fixture.js";

const PRLIMIT = "/usr/bin/prlimit";
const kernel = useKernel({ args: ["--memory", "512"] });
const limited = existsSync(PRLIMIT) ? test : test.skip;

limited(`${existsSync(PRLIMIT) ? "" : `(skipped: no ${PRLIMIT}) `}mmap beyond the limit is an ENOMEM that can be caught`, async () => {
  const { result } = await kernel().execute(`
    const kept = 1;
    let code = "none";
    try { mmap(null, 600 * 2 ** 20, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS); } catch (error) { code = (error as { code: string }).code; }
    code`);
  expect(result).toBe("'ENOMEM'");
});

limited("reserved, read-only and shared memory does not count", async () => {
  const { result, reply } = await kernel().execute(`
    const maps = [
      mmap(null, 64 * 2 ** 30, PROT.NONE, MAP.PRIVATE | MAP.ANONYMOUS),
      mmap(null, 2 ** 30, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS),
      mmap(null, 2 ** 30, PROT.READ | PROT.WRITE, MAP.SHARED | MAP.ANONYMOUS | MAP.NORESERVE),
    ];
    for (const each of maps) munmap(each);
    maps.length`);
  expect(result, JSON.stringify(reply.content)).toBe("3");
});

limited("a buffer beyond the limit is a RangeError that can be caught, and the variables live on", async () => {
  const { result } = await kernel().execute(`
    const buffers: ArrayBuffer[] = [];
    let name = "none";
    try { for (;;) buffers.push(new ArrayBuffer(64 * 2 ** 20)); } catch (error) { name = (error as Error).name; }
    buffers.length = 0;
    name + kept`);
  expect(result).toBe("'RangeError1'");
});

limited("a cell that fills its memory with objects dies with a reason, and the next one runs", async () => {
  const { reply } = await kernel().execute("const all: number[][] = []; while (true) all.push(new Array(1000).fill(1.5));");
  expect(reply.content["ename"]).toBe("OutOfMemory");
  expect(reply.content["evalue"]).toMatch(/cell \[\d+\] is gone: its private memory reached the limit of 512 MiB|filled its heap/);
  expect((await kernel().execute("1 + 1")).result).toBe("2");
});
