/**
 * Asks the kernel inside a sandbox to run cells. What answers may be the student's own program: an answer is bounded in size and
 * time, checked, and believed only as a claim.
 */
import { createHmac, randomUUID } from "node:crypto";
import { Dealer } from "zeromq";

/** The longest answer that is read. */
const MOST_BYTES = 1 << 20;

const DELIMITER = "<IDS|MSG>";

/** How a cell ended. */
export type CellEnd =
  | { readonly status: "ok"; readonly claim: string | null }
  | { readonly status: "error"; readonly name: string; readonly message: string }
  /** No answer came in time. */
  | { readonly status: "silent" };

export class KernelClient {
  readonly #shell = new Dealer({ linger: 0, maxMessageSize: MOST_BYTES, receiveHighWaterMark: 16 });
  readonly #waiting = new Map<string, (content: unknown) => void>();

  /** @param endpoint of the shell channel; connecting goes on until the kernel listens there */
  constructor(
    endpoint: string,
    private readonly key: string,
  ) {
    this.#shell.connect(endpoint);
    void this.#listen();
  }

  /** Resolves to whether the kernel has answered within `ms`. */
  async ready(ms: number): Promise<boolean> {
    return (await this.#request("kernel_info_request", {}, ms)) !== null;
  }

  /**
   * Runs a cell.
   * @param expression evaluated after it; its text is the claim
   * @param ms it may take
   */
  async execute(code: string, expression: string | null, ms: number): Promise<CellEnd> {
    const content = await this.#request(
      "execute_request",
      {
        code,
        silent: false,
        store_history: false,
        user_expressions: expression === null ? {} : { claim: expression },
        allow_stdin: false,
        stop_on_error: false,
      },
      ms,
    );
    if (content === null) return { status: "silent" };
    if (field(content, "status") !== "ok") return errorOf(content);
    if (expression === null) return { status: "ok", claim: null };
    const claim = field(field(content, "user_expressions"), "claim");
    if (field(claim, "status") !== "ok") return errorOf(claim);
    const text = field(field(claim, "data"), "text/plain");
    return { status: "ok", claim: typeof text === "string" ? text : null };
  }

  close(): void {
    this.#shell.close();
  }

  /** @returns the content of the reply, or null where none came in time */
  async #request(type: string, content: Readonly<Record<string, unknown>>, ms: number): Promise<unknown> {
    const id = randomUUID();
    const header = { msg_id: id, session: "grading", username: "grader", date: new Date().toISOString(), msg_type: type, version: "5.4" };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const hmac = createHmac("sha256", this.key);
    for (const part of parts) hmac.update(part);
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<unknown>((resolve) => {
      this.#waiting.set(id, resolve);
      timer = setTimeout(() => resolve(null), ms);
    });
    try {
      await this.#shell.send([DELIMITER, hmac.digest("hex"), ...parts]);
      return await answer;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  async #listen(): Promise<void> {
    for await (const frames of this.#shell) {
      const at = frames.findIndex((frame) => String(frame) === DELIMITER);
      const parent = parsed(frames[at + 3]);
      const id = field(parent, "msg_id");
      if (typeof id === "string") this.#waiting.get(id)?.(parsed(frames[at + 5]) ?? {});
    }
  }
}

function errorOf(content: unknown): CellEnd {
  const [name, message] = [field(content, "ename"), field(content, "evalue")];
  return { status: "error", name: shortText(name, "Error"), message: shortText(message, "") };
}

function shortText(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value.slice(0, 1000) : otherwise;
}

function parsed(frame: Buffer | undefined): unknown {
  try {
    return JSON.parse(String(frame)) as unknown;
  } catch {
    return null; // not JSON: whoever sent it is no kernel
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value as unknown;
}
