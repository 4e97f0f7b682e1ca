import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, ConnectionFileError, readConnectionFile } from "../../../kernel/src/jupyter/connection-file.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mmaplab-connection-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const GOOD = {
  transport: "tcp",
  ip: "127.0.0.1",
  key: "k",
  signature_scheme: "hmac-sha256",
  shell_port: 1,
  control_port: 2,
  iopub_port: 3,
  stdin_port: 4,
  hb_port: 5,
};

function read(content: unknown): ReturnType<typeof readConnectionFile> {
  const file = join(folder, "connection.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return readConnectionFile(file);
}

test("gives key, hash and addresses", () => {
  const connection = read(GOOD);
  expect(connection).toMatchObject({ key: "k", hash: "sha256" });
  expect(addressOf(connection, "iopub")).toBe("tcp://127.0.0.1:3");
  expect(addressOf(read({ ...GOOD, transport: "ipc", ip: "/run/k" }), "hb")).toBe("ipc:///run/k-5");
});

test.each([
  { content: "{", says: "JSON" },
  { content: [1], says: "shell_port" },
  { content: { ...GOOD, hb_port: "5" }, says: "hb_port is no port number" },
  { content: { ...GOOD, stdin_port: 70_000 }, says: "stdin_port is no port number" },
  { content: { ...GOOD, transport: "udp" }, says: 'transport "udp"' },
  { content: { ...GOOD, signature_scheme: "md5" }, says: 'signature_scheme "md5"' },
])("refuses $says", ({ content, says }) => {
  expect(() => read(content)).toThrow(ConnectionFileError);
  expect(() => read(content)).toThrow(says);
});

test("names a file that is not there", () => {
  expect(() => readConnectionFile(join(folder, "none.json"))).toThrow("none.json");
});
