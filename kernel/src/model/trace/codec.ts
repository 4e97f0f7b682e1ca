/**
 * Values of a trace as JSON. JSON has neither 64-bit integers nor bytes: integers of any size are hexadecimal text, bytes are
 * base64. Reading trusts nothing, and every error names the place.
 */
import { array, object, wrong, type JsonObject, type Place } from "../scenario-json.js";
import { TRACE_LIMITS } from "./trace.js";

/** How a value of one type is written down and read. */
export interface Codec<T> {
  encode(value: T): unknown;
  /** @throws Error that names the place where the value does not fit */
  decode(json: unknown, place: Place): T;
}

/** An integer of any size, as `0x` and digits, with a minus sign before it where it is negative. */
export const bigintCodec: Codec<bigint> = {
  encode: hexOf,
  decode: (json, place) => {
    if (typeof json !== "string" || !/^-?0x[0-9a-f]{1,32}$/.test(json)) wrong(place, 'an integer such as "0x7f12a000"', json);
    return json.startsWith("-") ? -BigInt(json.slice(1)) : BigInt(json);
  },
};

/** `0x` and lower-case digits. */
export function hexOf(value: bigint): string {
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** A whole number within a range; both ends are allowed. */
export function wholeCodec(from: number = Number.MIN_SAFE_INTEGER, to: number = Number.MAX_SAFE_INTEGER): Codec<number> {
  return {
    encode: (value) => value,
    decode: (json, place) =>
      typeof json === "number" && Number.isSafeInteger(json) && json >= from && json <= to
        ? json
        : wrong(place, `a whole number from ${String(from)} to ${String(to)}`, json),
  };
}

/** A number that is 0 or more. */
export const amountCodec: Codec<number> = {
  encode: (value) => value,
  decode: (json, place) =>
    typeof json === "number" && Number.isFinite(json) && json >= 0 ? json : wrong(place, "a number of 0 or more", json),
};

export const booleanCodec: Codec<boolean> = {
  encode: (value) => value,
  decode: (json, place) => (typeof json === "boolean" ? json : wrong(place, "true or false", json)),
};

export const textCodec: Codec<string> = {
  encode: (value) => value.slice(0, TRACE_LIMITS.text),
  decode: (json, place) =>
    typeof json === "string" && json.length <= TRACE_LIMITS.text
      ? json
      : wrong(place, `text of at most ${String(TRACE_LIMITS.text)} characters`, json),
};

/** One of a few words. */
export function wordCodec<const T extends string>(words: readonly T[]): Codec<T> {
  return {
    encode: (value) => value,
    decode: (json, place) => words.find((word) => word === json) ?? wrong(place, `one of ${words.join(", ")}`, json),
  };
}

export function listCodec<T>(item: Codec<T>, most: number): Codec<readonly T[]> {
  return {
    encode: (values) => values.map((value) => item.encode(value)),
    decode: (json, place) => {
      const values = array(json, place);
      if (values.length > most) throw new Error(`${place}: has ${String(values.length)} entries; at most ${String(most)} are read.`);
      return values.map((value, index) => item.decode(value, `${place}[${String(index)}]`));
    },
  };
}

/** Codecs of the fields of an object; a field that may be missing is marked. */
export type Fields<T> = { readonly [K in keyof T]-?: FieldCodec<T, K> };

type FieldCodec<T, K extends keyof T> = undefined extends T[K] ? Optional<Exclude<T[K], undefined>> : Codec<T[K]>;

interface Optional<T> extends Codec<T> {
  readonly optional: true;
}

/** Marks a field that may be missing. */
export function optional<T>(codec: Codec<T>): Optional<T> {
  return { encode: (value) => codec.encode(value), decode: (json, place) => codec.decode(json, place), optional: true };
}

/** An object with the given fields; others are not read. */
export function objectCodec<T extends object>(fields: Fields<T>): Codec<T> {
  const entries = Object.entries(fields) as [string, Codec<unknown> & { readonly optional?: true }][];
  return {
    encode: (value) => {
      const json: Record<string, unknown> = {};
      for (const [name, codec] of entries) {
        const field: unknown = Reflect.get(value, name);
        if (field !== undefined) json[name] = codec.encode(field);
      }
      return json;
    },
    decode: (json, place) => {
      const raw = object(json, place);
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) {
        const field = ownField(raw, name);
        if (field === undefined && codec.optional === true) continue;
        value[name] = codec.decode(field, `${place}: ${name}`);
      }
      // Each field was read by its own codec, so that the object is what the codecs say.
      return value as T;
    },
  };
}

/** A field of an object itself; what it inherits does not count. */
export function ownField(raw: JsonObject, name: string): unknown {
  return Object.hasOwn(raw, name) ? raw[name] : undefined;
}
