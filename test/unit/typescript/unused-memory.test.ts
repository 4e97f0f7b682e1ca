/** What a service that started from a snapshot gives back once it is idle. Runs the built files. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import type { ServiceReply } from "../../../kernel/src/runtime/frames.js";
import { SERVICE_FLAGS } from "../../../kernel/src/runtime/typescript/snapshot-record.js";
import { releaseSnapshot } from "../../../kernel/src/runtime/typescript/unused-memory.js";

vi.setConfig({ testTimeout: 120_000 });

const built = fileURLToPath(new URL("../../../kernel/dist/runtime/typescript/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "mmaplab-memory-test-"));
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const isGlibc = "glibcVersionRuntime" in (process.report.getReport() as { header: object }).header;

interface Vma {
  readonly bytes: number;
  readonly resident: number;
}

/** The writable anonymous VMAs of a process (proc_pid_smaps(5)). */
function anonymousVmas(pid: number): Vma[] {
  const text = readFileSync(`/proc/${pid}/smaps`, "latin1");
  const vma = /^([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0 *\n(?:.*\n){2,4}?Rss: +(\d+) kB/gm;
  return [...text.matchAll(vma)].map(([, from = "", to = "", kib]) => ({
    bytes: Number.parseInt(to, 16) - Number.parseInt(from, 16),
    resident: Number(kib) * 1024,
  }));
}

test.skipIf(!isGlibc)("an idle service gives back the memory its snapshot was read from, and goes on (needs glibc)", async () => {
  if (!existsSync(built)) throw new Error("The kernel is not built. Run `npm run build` first.");
  const { buildSnapshot } = (await import(join(built, "build-snapshot.js"))) as { buildSnapshot(folder: string): string };
  const blob = buildSnapshot(join(folder, "snapshot"));
  const argument = JSON.stringify({ prelude: null, cwd: folder });
  const service = spawn(process.execPath, [...SERVICE_FLAGS, "--snapshot-blob", blob, join(built, "main.js"), argument], {
    stdio: ["pipe", "pipe", "inherit"],
    // As the supervisor starts it: a large piece of memory has a mapping of its own.
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_: "131072" },
  });
  children.push(service);
  const lines = createInterface({ input: service.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse(((await lines.next()) as { value: string }).value);
  await next();
  const pid = service.pid ?? 0;
  // Nothing else in the process is nearly as large in one piece.
  const snapshots = (): Vma[] => anonymousVmas(pid).filter(({ bytes }) => bytes > statSync(blob).size / 2);
  expect(snapshots()).toHaveLength(1);
  expect(snapshots()[0]?.resident).toBeGreaterThan(statSync(blob).size / 2);
  while (snapshots().some(({ resident }) => resident > 65_536)) await sleep(50);
  service.stdin.write(
    `${JSON.stringify({ id: 1, type: "compile", source: "const a: number[] = [1]; a.map(String)", executionCount: 1 })}\n`,
  );
  expect((await next()) as ServiceReply).toMatchObject({ id: 1, type: "compiled" });
});

test("memory that is not a copy of the snapshot is left alone", () => {
  // A piece of its own, as malloc makes it for a buffer of this size, that begins like the file and goes on otherwise.
  const bytes = Buffer.alloc(8 * 1024 * 1024, "a snapshot, to judge by its beginning. ".repeat(3));
  const file = join(folder, "other.blob");
  writeFileSync(file, bytes);
  bytes[6 * 1024 * 1024] = 0;
  const calls: unknown[] = [];
  const call = (...parameters: unknown[]): number => calls.push(parameters);
  expect(releaseSnapshot(file, call)).toBe(0);
  expect(calls).toEqual([]);
  expect(bytes[0]).toBe("a".charCodeAt(0));
});
