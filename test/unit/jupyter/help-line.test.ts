import { expect, test } from "vitest";
import { parseHelpLine } from "../../../kernel/src/jupyter/help-line.js";

const QUESTIONS = [
  ["mmap?", "mmap", 0],
  ["mmap??", "mmap", 1],
  ["?mmap", "mmap", 0],
  ["?? Math.max", "Math.max", 1],
  ["  lab.compare()? \n", "lab.compare", 0],
  ["$été_1.#x?;", "$été_1.#x", 0],
] as const;

test.each(QUESTIONS)("%j asks for help on %s", (code, name, detail) => {
  expect(parseHelpLine(code)).toEqual({ name, detail });
});

test.each(["mmap", "a ? b : c", "x?.y", "mmap???", "?", "1?", "a? // why", "a?\nb?", '"text?"', "a b?", "a..b?"])("%j is code", (code) => {
  expect(parseHelpLine(code)).toBeNull();
});
