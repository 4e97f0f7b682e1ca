/** Bytes as base64 text, without Node and without a browser. */
import { wrong } from "../scenario-json.js";
import type { Codec } from "./codec.js";
import { TRACE_LIMITS } from "./trace.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter.charCodeAt(0), value]));
/** Text is put together in parts of so many bytes, a multiple of three. */
const PART = 12_288;

export const bytesCodec: Codec<Uint8Array> = {
  encode: base64Of,
  decode: (json, place) => {
    if (typeof json !== "string" || json.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(json))
      return wrong(place, "bytes as base64", json);
    const length = (json.length / 4) * 3 - (json.endsWith("==") ? 2 : json.endsWith("=") ? 1 : 0);
    if (length > TRACE_LIMITS.bytes)
      throw new Error(`${place}: holds ${String(length)} bytes; at most ${String(TRACE_LIMITS.bytes)} are read.`);
    return bytesOf(json, length);
  },
};

function base64Of(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let from = 0; from < bytes.length; from += PART) parts.push(partOf(bytes.subarray(from, from + PART)));
  return parts.join("");
}

function partOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    text += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | (b >> 4));
    text += at + 1 < bytes.length ? ALPHABET.charAt(((b & 15) << 2) | (c >> 6)) : "=";
    text += at + 2 < bytes.length ? ALPHABET.charAt(c & 63) : "=";
  }
  return text;
}

function bytesOf(text: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let index = 0; at < length; index += 1) {
    held = ((held << 6) | (VALUES.get(text.charCodeAt(index)) ?? 0)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 255;
  }
  return bytes;
}
