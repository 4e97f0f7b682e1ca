/**
 * The wire format: frames `identities... <IDS|MSG> signature header parent_header metadata content buffers...`, the four
 * in the middle as JSON text signed with HMAC. Nothing is parsed before the signature has been found right.
 */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { userInfo } from "node:os";
import type { Connection } from "./connection-file.js";
import { PROTOCOL_VERSION, type Content, type Header, type Message, type Outgoing } from "./message.js";

const DELIMITER = Buffer.from("<IDS|MSG>");
const SIGNED_PARTS = 4;

const [QUOTE, BACKSLASH, BRACE, END_OF_BRACE, BRACKET, END_OF_BRACKET] = Buffer.from('"\\{}[]');

/** Signatures remembered against a message that is sent a second time by someone who has only listened. */
const REMEMBERED_SIGNATURES = 65_536;

/** JSON nested deeper than this is dropped: what came as a header is sent back, and JSON.stringify needs stack for each level. */
const DEEPEST_JSON = 1000;

/** Frames that are no message of the protocol, or not by someone who knows the key. They are dropped. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

export class Wire {
  /** Identifies this run of the kernel in the headers it sends. */
  readonly session = randomUUID();
  readonly #key: string;
  readonly #hash: string;
  readonly #username: string;
  readonly #seen = new Set<string>();

  constructor(connection: Pick<Connection, "key" | "hash">) {
    this.#key = connection.key;
    this.#hash = connection.hash;
    this.#username = usernameOrDefault();
  }

  /** The frames of a message, without routing identities. */
  encode(type: string, { content, parent, metadata = {}, buffers = [] }: Outgoing): (Buffer | Uint8Array)[] {
    const header: Header = {
      msg_id: randomUUID(),
      session: this.session,
      username: this.#username,
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL_VERSION,
    };
    const parts = [header, parent ?? {}, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [DELIMITER, Buffer.from(this.#sign(parts)), ...parts, ...buffers];
  }

  /**
   * The message in `frames`.
   *
   * @throws MalformedMessage where the frames are incomplete, wrongly signed, seen before or not JSON
   */
  decode(frames: readonly Buffer[]): Message {
    const delimiter = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (delimiter < 0) throw new MalformedMessage("there is no <IDS|MSG> among the frames");
    const signature = frames[delimiter + 1];
    const parts = frames.slice(delimiter + 2, delimiter + 2 + SIGNED_PARTS);
    if (signature === undefined || parts.length < SIGNED_PARTS) throw new MalformedMessage("there are too few frames after <IDS|MSG>");
    this.#verify(signature, parts);
    const [header, parentHeader, metadata, content] = parts.map(parseObject);
    return {
      identities: frames.slice(0, delimiter),
      header: checkedHeader(header ?? {}),
      parentHeader: parentHeader ?? {},
      metadata: metadata ?? {},
      content: content ?? {},
      buffers: frames.slice(delimiter + 2 + SIGNED_PARTS),
    };
  }

  #sign(parts: readonly Buffer[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac(this.#hash, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  #verify(signature: Buffer, parts: readonly Buffer[]): void {
    if (this.#key === "") return;
    const expected = Buffer.from(this.#sign(parts));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) throw new MalformedMessage("the signature is wrong");
    const text = signature.toString("latin1");
    if (this.#seen.has(text)) throw new MalformedMessage("the same message came before");
    this.#seen.add(text);
    if (this.#seen.size > REMEMBERED_SIGNATURES) this.#seen.delete(this.#seen.values().next().value ?? "");
  }
}

function parseObject(part: Buffer): Content {
  if (isNestedDeeper(part, DEEPEST_JSON)) throw new MalformedMessage(`a part is nested more than ${DEEPEST_JSON} levels deep`);
  let value: unknown;
  try {
    value = JSON.parse(part.toString("utf8"));
  } catch {
    throw new MalformedMessage("a part is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new MalformedMessage("a part is no JSON object");
  return value as Content;
}

/** Whether the objects and arrays of a JSON text are nested deeper than `levels`. Of other text it says anything. */
function isNestedDeeper(json: Buffer, levels: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) isInString = !isInString;
    else if (isInString && byte === BACKSLASH) at++;
    else if (isInString) continue;
    else if (byte === BRACE || byte === BRACKET) depth++;
    else if (byte === END_OF_BRACE || byte === END_OF_BRACKET) depth--;
    if (depth > levels) return true;
  }
  return false;
}

function checkedHeader(header: Content): Header {
  if (typeof header["msg_id"] !== "string" || typeof header["msg_type"] !== "string") {
    throw new MalformedMessage("the header lacks msg_id or msg_type");
  }
  // The rest is sent back as parent_header, exactly as it came.
  return header as unknown as Header;
}

/** The name of the user; a container may run under a number that has none. */
function usernameOrDefault(): string {
  try {
    return userInfo().username;
  } catch {
    return "kernel";
  }
}
