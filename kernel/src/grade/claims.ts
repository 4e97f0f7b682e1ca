/** What a student's process says of itself: read with care, and good only for telling where to look. */

/** The submission does not do what the task asks for. It costs the points of the task. */
export class TaskFailed extends Error {
  override readonly name = "TaskFailed";

  /**
   * @param what was checked
   * @param expected in words
   * @param seen in words
   */
  constructor(
    readonly what: string,
    readonly expected: string,
    readonly seen: string,
    readonly hint?: string,
  ) {
    super(`${what}: expected ${expected}, seen ${seen}`);
  }
}

/** A value that a student's process gave. */
export class Claim {
  constructor(
    /** As JSON has it. */
    readonly value: unknown,
    private readonly what: string,
  ) {}

  /** The claim as a whole number from `least` on. @throws TaskFailed where it is none */
  number(least = 0): number {
    if (typeof this.value === "number" && Number.isSafeInteger(this.value) && this.value >= least) return this.value;
    throw this.#not(`a whole number from ${String(least)}`);
  }

  /** The claim as an address, which stands in JSON as a text of digits. @throws TaskFailed where it is none */
  address(): bigint {
    if (typeof this.value === "string" && /^\d{1,20}$/.test(this.value)) return BigInt(this.value);
    throw this.#not("an address");
  }

  /** A field of the claim. @throws TaskFailed where it has none of this name */
  field(name: string): Claim {
    const { value } = this;
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) throw this.#not(`something with "${name}"`);
    return new Claim((value as Readonly<Record<string, unknown>>)[name], `${this.what}.${name}`);
  }

  #not(expected: string): TaskFailed {
    return new TaskFailed(this.what, expected, (JSON.stringify(this.value) ?? "nothing").slice(0, 200));
  }
}

/** The text of a claim as it comes out of a kernel: hexadecimal digits of JSON in UTF-8, as inspect quotes them. */
export function parseClaim(text: string | null, what: string): Claim {
  const digits = /^'((?:[0-9a-f]{2})*)'$/.exec(text ?? "")?.[1];
  if (digits === undefined) throw new TaskFailed(what, "a value", "none that could be read");
  try {
    return new Claim(JSON.parse(Buffer.from(digits, "hex").toString("utf8")) as unknown, what);
  } catch {
    throw new TaskFailed(what, "a value", "something that is not JSON");
  }
}

/** An expression whose value comes out as {@link parseClaim} reads it. */
export function claimExpression(expression: string): string {
  const json = `JSON.stringify(${expression}, (_key: string, value: unknown) => (typeof value === "bigint" ? String(value) : value)) ?? "null"`;
  return `Buffer.from(${json}).toString("hex")`;
}
