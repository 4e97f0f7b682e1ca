/** The words of the format, translated: what letters and classes mean. */
import { MIXED, type AccessName, type FaultKindName, type VmaClass } from "mmaplab/views";
import type { Phrases } from "../phrases.js";

export function pageStateWords(letter: string, trans: Phrases): string {
  switch (letter) {
    case ".":
      return trans.__("nothing");
    case "a":
      return trans.__("anonymous page");
    case "A":
      return trans.__("anonymous page, mapped more than once");
    case "z":
      return trans.__("zero page");
    case "f":
      return trans.__("file page");
    case "F":
      return trans.__("file page, mapped more than once");
    case "s":
      return trans.__("swapped page");
    case "g":
      return trans.__("guard");
    case MIXED:
      return trans.__("pages of several kinds");
    default:
      return letter;
  }
}

export function vmaClassWords(vmaClass: VmaClass, trans: Phrases): string {
  switch (vmaClass) {
    case "private-anonymous":
      return trans.__("private, anonymous");
    case "shared-anonymous":
      return trans.__("shared, anonymous");
    case "private-file":
      return trans.__("private, file");
    case "shared-file":
      return trans.__("shared, file");
  }
}

export function faultKindWords(kind: FaultKindName, trans: Phrases): string {
  switch (kind) {
    case "minor":
      return trans.__("minor");
    case "major":
      return trans.__("major");
    case "signal":
      return trans.__("signal");
  }
}

export function accessWords(access: AccessName, trans: Phrases): string {
  switch (access) {
    case "read":
      return trans.__("read");
    case "write":
      return trans.__("write");
    case "execute":
      return trans.__("execute");
  }
}

export function sourceWords(source: "kernel" | "model", trans: Phrases): string {
  return source === "kernel" ? trans.__("kernel") : trans.__("model");
}

/** The words with a capital at their start. */
export function sentenceStart(words: string): string {
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}
