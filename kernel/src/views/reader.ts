/** Reads unknown JSON field by field, and says in words where it is not what it should be. */
import { LONGEST_PACKED, unpackLetters, unpackNumbers } from "./packed.js";
import type { Hex } from "./view.js";

/** Something is not as the format has it. The message is a sentence for people. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** A value of unknown type and where it stands. Every method throws {@link Malformed} where the value does not fit. */
export class Reader {
  constructor(
    private readonly value: unknown,
    /** Where the value stands, e.g. `view.states[0].before`. */
    readonly where: string,
  ) {}

  /** A field that must be there. */
  field(name: string): Reader {
    const field = this.optional(name);
    if (!field) throw new Malformed(`${this.where}.${name} is missing.`);
    return field;
  }

  /** A field that may be missing. Only the object's own fields count. */
  optional(name: string): Reader | undefined {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) throw this.not("an object");
    const descriptor = Object.getOwnPropertyDescriptor(this.value, name);
    return descriptor?.value === undefined ? undefined : new Reader(descriptor.value, `${this.where}.${name}`);
  }

  /** This value, or undefined where it is null. */
  orNull(): Reader | undefined {
    return this.value === null ? undefined : this;
  }

  /** @param longest most characters allowed */
  text(longest: number): string {
    if (typeof this.value !== "string") throw this.not("text");
    if (this.value.length > longest)
      throw new Malformed(`${this.where} is ${this.value.length} characters long; at most ${longest} are drawn.`);
    return this.value;
  }

  matching(pattern: RegExp, what: string): string {
    const text = this.text(64);
    if (!pattern.test(text)) throw this.not(what);
    return text;
  }

  /** Text made of the given letters only, as it is or packed. */
  letters(longest: number, allowed: readonly string[]): string {
    const packed = this.packed("runs");
    const text = packed === undefined ? this.text(longest) : unpackLetters(packed, longest);
    if (text === null) throw this.not(`at most ${longest} letters in runs`);
    const strange = [...new Set(text)].find((letter) => !allowed.includes(letter));
    if (strange !== undefined)
      throw new Malformed(`${this.where} holds ${JSON.stringify(strange)}; only the letters ${allowed.join(" ")} have a meaning there.`);
    return text;
  }

  hex(): Hex {
    const text = this.text(64);
    if (!isHex(text)) throw this.not("an address such as 0x7f12a000");
    return text;
  }

  oneOf<const Choice extends string>(choices: readonly Choice[]): Choice {
    const choice = choices.find((one) => one === this.value);
    if (choice === undefined) throw this.not(`one of ${choices.join(", ")}`);
    return choice;
  }

  boolean(): boolean {
    if (typeof this.value !== "boolean") throw this.not("true or false");
    return this.value;
  }

  /** Any number of the range. */
  number(range: NumberRange): number {
    return numberIn(this.value, range, this.where);
  }

  integer(from: number, to: number): number {
    return numberIn(this.value, { from, to, whole: true }, this.where);
  }

  /** A list of numbers, as it is or packed. */
  numbers(longest: number, range: NumberRange): number[] {
    const packed = this.packed("deltas");
    const items = packed === undefined ? this.items(longest) : unpackNumbers(packed, longest);
    if (items === null) throw this.not(`at most ${longest} packed numbers`);
    const numbers: number[] = [];
    // By index, so that holes are visited too.
    for (let index = 0; index < items.length; index += 1) numbers.push(numberIn(items[index], range, this.where, index));
    return numbers;
  }

  /** A list, each item read by `read`. */
  list<Item>(longest: number, read: (item: Reader) => Item): Item[] {
    return Array.from(this.items(longest), (item, index) => read(new Reader(item, `${this.where}[${index}]`)));
  }

  /** The text of a packed column; undefined where this is none. */
  private packed(how: string): string | undefined {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) return undefined;
    this.field("packed").oneOf([how]);
    return this.field("data").text(LONGEST_PACKED);
  }

  private items(longest: number): readonly unknown[] {
    if (!Array.isArray(this.value)) throw this.not("a list");
    if (this.value.length > longest) throw new Malformed(`${this.where} has ${this.value.length} entries; at most ${longest} are drawn.`);
    return this.value;
  }

  private not(what: string): Malformed {
    return new Malformed(`${this.where} is ${describe(this.value)}, not ${what}.`);
  }
}

/** Which numbers a field may hold; both ends are allowed. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
  readonly whole?: true;
}

/** @param index where in a list it stands */
function numberIn(value: unknown, range: NumberRange, where: string, index?: number): number {
  if (typeof value === "number" && value >= range.from && value <= range.to && (range.whole === undefined || Number.isInteger(value)))
    return value;
  const wanted =
    typeof value !== "number" || Number.isNaN(value)
      ? "a number"
      : value < range.from
        ? `${range.from} or more`
        : value > range.to
          ? `${range.to} or less`
          : "a whole number";
  throw new Malformed(`${where}${index === undefined ? "" : `[${index}]`} is ${describe(value)}, not ${wanted}.`);
}

function isHex(text: string): text is Hex {
  return /^0x[0-9a-f]{1,16}$/.test(text);
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : value === undefined ? "missing" : `an ${typeof value}`.replace(/^an (?![aeiou])/, "a ");
}
