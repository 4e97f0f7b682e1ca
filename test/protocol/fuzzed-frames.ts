/** Frames as no front end sends them, made from random numbers, each with what the kernel has to do about it. */
import type { Json } from "./client.js";
import type { Random } from "./random.js";

export type FuzzedChannel = "shell" | "control" | "stdin";

/** dropped: a line in the log and nothing else; answered: a reply; silent: taken, but a message of its type has no reply. */
export type Fate = "dropped" | "answered" | "silent";

export interface FuzzedFrames {
  readonly kind: string;
  readonly channel: FuzzedChannel;
  readonly frames: readonly (string | Buffer)[];
  readonly fate: Fate;
  /** The msg_id of a message that is answered. */
  readonly id: string;
}

/** How a front end that knows the key signs. */
export type Sign = (parts: readonly (string | Buffer)[]) => string;

type Frames = Omit<FuzzedFrames, "kind">;

/** JSON nested deeper than this is dropped. */
const DEEPEST_JSON = 1000;

const CHANNELS: readonly FuzzedChannel[] = ["shell", "control", "stdin"];

/** Fields of each request that is answered, and of each message that is not. */
const ANSWERED: Readonly<Record<string, readonly string[]>> = {
  kernel_info_request: [],
  connect_request: [],
  execute_request: ["code", "silent", "store_history", "user_expressions", "allow_stdin", "stop_on_error"],
  is_complete_request: ["code"],
  complete_request: ["code", "cursor_pos"],
  inspect_request: ["code", "cursor_pos", "detail_level"],
  history_request: ["output", "raw", "hist_access_type", "session", "start", "stop", "n", "pattern", "unique"],
  comm_info_request: ["target_name"],
  usage_request: ["pid"],
  interrupt_request: ["status"],
};
const SILENT: Readonly<Record<string, readonly string[]>> = {
  comm_open: ["comm_id", "target_name", "data", "target_module"],
  comm_msg: ["comm_id", "data"],
  comm_close: ["comm_id", "data"],
};
const UNKNOWN = [
  "",
  "input_request",
  "execute_reply",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "line\nbreak\u001b[2J",
  "x".repeat(5000),
];

const NONSENSE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  "",
  " ",
  "\0",
  "}",
  "?",
  "nothing??",
  "no such name",
  "\ud800",
  "😀".repeat(50),
  "a".repeat(5000),
  "*a".repeat(40) + "b",
  "(".repeat(3000),
  "range",
  "search",
  "tail",
  "__proto__",
  [],
  [[]],
  [null, "1"],
  {},
  { "": "" },
  { toString: 1, valueOf: 1 },
  { length: -1, then: 1, constructor: null },
  JSON.parse('{"__proto__":"1"}'),
];

/** What takes the place of a whole part; no JSON object, so the message is dropped. */
const NO_OBJECTS = [
  "",
  "{",
  "[]",
  "null",
  "1",
  '"text"',
  "NaN",
  "{'a':1}",
  "\ufeff{}",
  '{"a":1}}',
  "[".repeat(100_000),
  '{"a":'.repeat(50_000),
];

const nested = (depth: number): string => '{"a":['.repeat(depth / 2) + "]}".repeat(depth / 2);

export class FrameFuzzer {
  readonly #random: Random;
  readonly #sign: Sign;
  /** Sets apart the ids of two fuzzers. */
  readonly #name: string;
  #count = 0;

  constructor(random: Random, sign: Sign, name: string) {
    this.#random = random;
    this.#sign = sign;
    this.#name = name;
  }

  /** The next frames. */
  next(): FuzzedFrames {
    const kinds: Readonly<Record<string, () => Frames>> = {
      "random bytes": () => this.#randomBytes(),
      "a truncated message": () => this.#truncated(),
      "no delimiter": () => this.#withoutDelimiter(),
      "a wrong signature": () => this.#wronglySigned(),
      "a part that is no object": () => this.#withPart(this.#random.below(4), this.#random.pick(NO_OBJECTS), "dropped"),
      "deep JSON": () => this.#deep(),
      "a header of wrong types": () => this.#wrongHeader(),
      "odd text in the header": () => this.#oddHeader(),
      "an unknown type": () => this.#unknownType(),
      "nonsense in a request": () => this.#nonsense(ANSWERED, "answered"),
      "nonsense in a comm message": () => this.#nonsense(SILENT, "silent"),
      "a reply to no question": () => this.#signed("stdin", this.#header("input_reply"), { value: this.#random.pick(NONSENSE) }, "silent"),
    };
    const isLarge = this.#random.below(1000) === 0;
    const kind = isLarge ? "a large frame" : this.#random.pick(Object.keys(kinds));
    const make = isLarge ? () => this.#large() : kinds[kind];
    if (make === undefined) throw new Error(`there are no frames of the kind "${kind}"`);
    return { kind, ...make() };
  }

  #header(type: string): Json {
    const id = `${this.#name}-${this.#count++}`;
    return { msg_id: id, msg_type: type, session: "fuzz", username: "fuzz", date: "", version: "5.4" };
  }

  #signed(channel: FuzzedChannel, header: Json | string | Buffer, content: Json | string, fate: Fate, id = ""): Frames {
    const text = (part: Json | string | Buffer): string | Buffer =>
      typeof part === "string" || Buffer.isBuffer(part) ? part : JSON.stringify(part);
    const parts = [text(header), "{}", "{}", text(content)];
    return { channel, frames: ["<IDS|MSG>", this.#sign(parts), ...parts], fate, id };
  }

  /** A message that would be answered. */
  #valid(): Frames {
    const header = this.#header("kernel_info_request");
    return this.#signed(this.#random.pick(["shell", "control"]), header, {}, "answered", String(header["msg_id"]));
  }

  #randomBytes(): Frames {
    const frames = Array.from({ length: 1 + this.#random.below(8) }, () => this.#random.bytes(this.#random.below(100)));
    return { channel: this.#random.pick(CHANNELS), frames, fate: "dropped", id: "" };
  }

  #truncated(): Frames {
    const { channel, frames } = this.#valid();
    return { channel, frames: frames.slice(0, 1 + this.#random.below(5)), fate: "dropped", id: "" };
  }

  #withoutDelimiter(): Frames {
    const { channel, frames } = this.#valid();
    const instead = this.#random.pick([[], [""], ["<ids|msg>"], ["<IDS|MSG> "], ["<IDS|MSG"]]);
    return { channel, frames: [...instead, ...frames.slice(1)], fate: "dropped", id: "" };
  }

  #wronglySigned(): Frames {
    const { channel, frames } = this.#valid();
    const right = String(frames[1]);
    const wrong = this.#random.pick([
      "",
      "0".repeat(64),
      right.slice(0, 63),
      right + "0",
      right.toUpperCase().replace(/^/, " "),
      "\0".repeat(64),
    ]);
    return { channel, frames: ["<IDS|MSG>", wrong, ...frames.slice(2)], fate: "dropped", id: "" };
  }

  #withPart(at: number, part: string, fate: Fate): Frames {
    const header = this.#header("kernel_info_request");
    const parts = [JSON.stringify(header), "{}", "{}", "{}"].map((usual, i) => (i === at ? part : usual));
    const channel = this.#random.pick(["shell", "control"] as const);
    return { channel, frames: ["<IDS|MSG>", this.#sign(parts), ...parts], fate, id: String(header["msg_id"]) };
  }

  #deep(): Frames {
    const depth = this.#random.pick([10, 900, 1100, 20_000]);
    const fate = depth <= DEEPEST_JSON ? "answered" : "dropped";
    if (this.#random.below(2) === 0) return this.#withPart(1 + this.#random.below(3), nested(depth), fate);
    const header = this.#header("kernel_info_request");
    const text = JSON.stringify(header).replace(/\}$/, `,"deep":${nested(depth)}}`);
    return this.#signed("shell", text, {}, fate, String(header["msg_id"]));
  }

  #wrongHeader(): Frames {
    const field = this.#random.pick(["msg_id", "msg_type"]);
    const value = this.#random.pick(NONSENSE.filter((each) => typeof each !== "string"));
    const header = { ...this.#header("kernel_info_request"), [field]: value };
    const text = this.#random.pick([
      JSON.stringify(header),
      '{"__proto__":{"msg_id":"p","msg_type":"kernel_info_request"}}',
      '{"msg_id":"d","msg_type":"kernel_info_request","msg_type":1}',
    ]);
    // A field makes it differ from others that were sent: those would be dropped for another reason.
    return this.#signed("shell", text.replace(/\}$/, `,"number":${this.#count++}}`), {}, "dropped");
  }

  #oddHeader(): Frames {
    const header = this.#header("kernel_info_request");
    const id = String(header["msg_id"]);
    const text = JSON.stringify(header);
    const odd = this.#random.pick<string | Buffer>([
      text.replace("{", '{"__proto__":{"msg_id":"x"},'),
      text.replace("{", '{"msg_id":"first","constructor":1,'),
      text.replace('"fuzz"', '"\\ud800\\u0000"'),
      text.replace('"fuzz"', JSON.stringify(this.#random.pick(NONSENSE))),
      Buffer.concat([Buffer.from(text.slice(0, -1) + ',"utf8":"'), Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ]);
    return this.#signed(this.#random.pick(["shell", "control"]), odd, {}, "answered", id);
  }

  #unknownType(): Frames {
    return this.#signed(this.#random.pick(["shell", "control"]), this.#header(this.#random.pick(UNKNOWN)), {}, "dropped");
  }

  #nonsense(table: Readonly<Record<string, readonly string[]>>, fate: Fate): Frames {
    const type = this.#random.pick(Object.keys(table));
    const fields = (table[type] ?? []).filter(() => this.#random.below(5) > 0);
    const content = Object.fromEntries(fields.map((name) => [name, this.#random.pick(NONSENSE)]));
    const header = this.#header(type);
    return this.#signed(this.#random.pick(["shell", "control"]), header, content, fate, String(header["msg_id"]));
  }

  #large(): Frames {
    const size = 1 + this.#random.below(8 * 1024 * 1024);
    if (this.#random.below(2) === 0)
      return { channel: this.#random.pick(CHANNELS), frames: [Buffer.alloc(size, 255)], fate: "dropped", id: "" };
    return this.#withPart(3, JSON.stringify({ code: "x".repeat(size) }), "answered");
  }
}
