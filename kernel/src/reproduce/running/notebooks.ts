/** The notebooks of the experiments, and the parameters they declare. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Experiment, ParameterValue } from "../experiment.js";

const FOLDER = fileURLToPath(new URL("../../../../notebooks/reproduce/", import.meta.url));

/** What the runner sets itself. */
const RESERVED: readonly string[] = ["seed", "run", "out", "folder"];

/** @throws Error where the notebook is not there */
export function notebookPath({ notebook }: Experiment): string {
  const path = join(FOLDER, notebook);
  if (!existsSync(path))
    throw new Error(`${path} is not there. Experiments run from a clone of the project: get one, and call npx mmaplab in it.`);
  return path;
}

interface Cell {
  readonly cell_type: string;
  readonly metadata: { readonly tags?: readonly string[] };
  readonly source: string | readonly string[];
}

/** A parameter as its notebook declares it: `let iterations: number = 40; // samples a case`. */
export interface DeclaredParameter {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly help: string;
}

/** What may be set with `-p`. */
export function declaredParameters(experiment: Experiment): DeclaredParameter[] {
  const { cells } = JSON.parse(readFileSync(notebookPath(experiment), "utf8")) as { readonly cells: readonly Cell[] };
  const cell = cells.find(({ metadata }) => metadata.tags?.includes("parameters") === true);
  const source = cell === undefined ? "" : typeof cell.source === "string" ? cell.source : cell.source.join("");
  return source.split("\n").flatMap((line) => {
    const found = /^let (\w+): ([^=]+?) = (.*?);(?:\s*\/\/\s*(.*))?$/.exec(line);
    const [, name = "", type = "", value = "", help = ""] = found ?? [];
    return found === null || RESERVED.includes(name) ? [] : [{ name, type, value, help }];
  });
}

/** Reads a value given on the command line. @throws RangeError that says what is wanted */
export function parameterValue({ name, type }: DeclaredParameter, text: string): ParameterValue {
  const number = (part: string): number => {
    const value = Number(part);
    if (part.trim() === "" || !Number.isFinite(value) || value < 0)
      throw new RangeError(`-p ${name}=${text}: a number from 0 on is wanted`);
    return value;
  };
  switch (type) {
    case "number":
      return number(text);
    case "number[]":
      return text.split(",").map(number);
    case "string[]":
      return text.split(",");
    case "boolean":
      if (text !== "true" && text !== "false") throw new RangeError(`-p ${name}=${text}: true or false is wanted`);
      return text === "true";
    default:
      return text;
  }
}
