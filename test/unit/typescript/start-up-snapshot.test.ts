/** The start-up snapshot of the service: made from the built files, used by the process that answers, and not trusted blindly. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { TypeScriptService } from "../../../kernel/src/jupyter/typescript-service.js";

vi.setConfig({ testTimeout: 120_000 });

interface Builder {
  buildSnapshot(folder: string): string;
}
interface Reader {
  usableSnapshot(folder: string): string | null;
}

const built = fileURLToPath(new URL("../../../kernel/dist/runtime/typescript/", import.meta.url));
const main = join(built, "main.js");
const folder = mkdtempSync(join(tmpdir(), "mmaplab-snapshot-test-"));
const snapshots = join(folder, "snapshot");
let usableSnapshot: Reader["usableSnapshot"];

beforeAll(async () => {
  if (!existsSync(main)) throw new Error("The kernel is not built. Run `npm run build` first.");
  ({ usableSnapshot } = (await import(join(built, "snapshot-record.js"))) as Reader);
  const { buildSnapshot } = (await import(join(built, "build-snapshot.js"))) as Builder;
  buildSnapshot(snapshots);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the snapshot, for a test to spoil. */
function copyOf(name: string): string {
  const copy = join(folder, name);
  cpSync(snapshots, copy, { recursive: true });
  return copy;
}

/** What a service that is to start from `snapshot` answers, and what it logs meanwhile. */
async function answerFrom(snapshot: string | null): Promise<{ type: string; log: string }> {
  let log = "";
  const service = new TypeScriptService({ prelude: null, cwd: folder }, (text) => (log += text), main, snapshot);
  try {
    service.start();
    const { type } = await service.ask({ type: "compile", source: "const a: number = 1; a", executionCount: 1 });
    return { type, log };
  } finally {
    service.stop();
  }
}

test("a service starts from its snapshot and checks cells", async () => {
  expect(await answerFrom(usableSnapshot(snapshots))).toEqual({ type: "compiled", log: "" });
});

test("a truncated snapshot is not used", () => {
  const copy = copyOf("truncated");
  const blob = usableSnapshot(copy);
  if (blob === null) throw new Error("a snapshot was expected");
  truncateSync(blob, 10_000_000);
  expect(usableSnapshot(copy)).toBeNull();
});

test("a snapshot that turns out to be none costs time, not answers", async () => {
  const blob = join(folder, "garbage.blob");
  writeFileSync(blob, "not a snapshot");
  const { type, log } = await answerFrom(blob);
  expect(type).toBe("compiled");
  expect(log).toContain("it is loaded without");
});

test("a snapshot of another Node, or of other files, is not used", () => {
  const copy = copyOf("altered");
  const path = join(copy, "record.json");
  const record = JSON.parse(readFileSync(path, "utf8")) as { node: string; files: Record<string, string> };
  expect(usableSnapshot(copy)).not.toBeNull();
  writeFileSync(path, JSON.stringify({ ...record, node: record.node.replace("v", "v9") }));
  expect(usableSnapshot(copy)).toBeNull();
  const files = Object.fromEntries(Object.keys(record.files).map((file) => [file, "0:0"]));
  writeFileSync(path, JSON.stringify({ ...record, files }));
  expect(usableSnapshot(copy)).toBeNull();
  writeFileSync(path, "{");
  expect(usableSnapshot(copy)).toBeNull();
});

test("two builds at once leave one whole snapshot", async () => {
  const both = join(folder, "both");
  const script = `import(${JSON.stringify(join(built, "build-snapshot.js"))}).then((m) => m.buildSnapshot(${JSON.stringify(both)}))`;
  const build = (): Promise<number | null> =>
    new Promise((resolve) => spawn(process.execPath, ["--eval", script], { stdio: "inherit" }).on("close", resolve));
  expect(await Promise.all([build(), build()])).toEqual([0, 0]);
  expect(usableSnapshot(both)).not.toBeNull();
  expect(readdirSync(both)).toHaveLength(2);
});
