import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { MalformedMessage, Wire } from "../../../kernel/src/jupyter/wire.js";

const HEADER = JSON.stringify({
  msg_id: "m",
  msg_type: "kernel_info_request",
  session: "s",
  username: "u",
  date: "",
  version: "5.4",
  extra: 1,
});

function frames(key: string, parts: readonly string[] = [HEADER, "{}", "{}", '{"a":1}']): Buffer[] {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  const signature = key === "" ? "" : hmac.digest("hex");
  return ["identity", "<IDS|MSG>", signature, ...parts, "buffer"].map((frame) => Buffer.from(frame));
}

describe("a message", () => {
  test("is read with its identities, header as it came, content and buffers", () => {
    const message = new Wire({ key: "k", hash: "sha256" }).decode(frames("k"));
    expect(message.identities.map(String)).toEqual(["identity"]);
    expect(message.header).toEqual(JSON.parse(HEADER));
    expect(message.content).toEqual({ a: 1 });
    expect(message.buffers.map(String)).toEqual(["buffer"]);
  });

  test("that is written can be read, and carries the parent's header", () => {
    const wire = new Wire({ key: "k", hash: "sha256" });
    const parent = new Wire({ key: "k", hash: "sha256" }).decode(frames("k")).header;
    const read = wire.decode(wire.encode("status", { content: { execution_state: "idle" }, parent }).map((frame) => Buffer.from(frame)));
    expect(read.header).toMatchObject({ msg_type: "status", session: wire.session, version: "5.4" });
    expect(read.parentHeader).toEqual(parent);
  });
});

/** An object in an object, `depth` of them. */
const nested = (depth: number): string => '{"a":'.repeat(depth - 1) + "{}" + "}".repeat(depth - 1);

test("brackets in strings, and many objects beside each other, are no nesting; what is nested as deep as may be can be written again", () => {
  const wire = new Wire({ key: "k", hash: "sha256" });
  const content = JSON.stringify({ text: `${"[{".repeat(5000)}\\"\\\\`, list: Array.from({ length: 5000 }, () => ({})) });
  const deepest = HEADER.replace("1}", `${nested(999)}}`);
  const message = wire.decode(frames("k", [deepest, "{}", "{}", content]));
  expect(message.content).toEqual(JSON.parse(content));
  expect(String(wire.encode("status", { content: {}, parent: message.header })[3])).toBe(deepest);
});

const BAD = [
  { what: "another key", make: () => frames("other") },
  { what: "a changed content", make: () => frames("k").with(6, Buffer.from('{"a":2}')) },
  { what: "no signature", make: () => frames("k").with(2, Buffer.alloc(0)) },
  { what: "a part missing", make: () => frames("k").slice(0, 6) },
  { what: "no delimiter", make: () => frames("k").slice(2) },
  { what: "no frames at all", make: () => [] },
  { what: "content that is no JSON", make: () => frames("k", [HEADER, "{}", "{}", "{"]) },
  { what: "content that is no object", make: () => frames("k", [HEADER, "{}", "{}", "[]"]) },
  { what: "content nested too deeply", make: () => frames("k", [HEADER, "{}", "{}", nested(1001)]) },
  { what: "a header nested too deeply", make: () => frames("k", [HEADER.replace("1}", `${nested(1000)}}`), "{}", "{}", "{}"]) },
  { what: "a header without a type", make: () => frames("k", ['{"msg_id":"m"}', "{}", "{}", "{}"]) },
];

test.each(BAD)("$what is refused", ({ make }) => {
  expect(() => new Wire({ key: "k", hash: "sha256" }).decode(make())).toThrow(MalformedMessage);
});

test("the same message is refused the second time", () => {
  const wire = new Wire({ key: "k", hash: "sha256" });
  wire.decode(frames("k"));
  expect(() => wire.decode(frames("k"))).toThrow("came before");
});

test("with an empty key nothing is signed, and what comes is not checked", () => {
  const wire = new Wire({ key: "", hash: "sha256" });
  expect(wire.decode(frames("any")).content).toEqual({ a: 1 });
  expect(String(wire.encode("status", { content: {}, parent: null })[1])).toBe("");
});
