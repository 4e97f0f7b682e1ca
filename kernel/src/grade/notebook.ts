/** Notebooks as grading needs them: which cells are the student's, and what is run in their place. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/** A larger submission is none: it is not read. */
const MOST_BYTES = 16 << 20;

/** One cell. */
export interface NotebookCell {
  readonly kind: "code" | "markdown" | "raw";
  readonly source: string;
  /** nbgrader's name of the cell; null where it has none. */
  readonly gradeId: string | null;
  /** The student writes it. */
  readonly solution: boolean;
  /** It is marked: a test, or an answer that a person reads. */
  readonly graded: boolean;
  /** What it is worth where it is marked. */
  readonly points: number;
}

/** Something that is no notebook of this assignment. The message is for people. */
export class NotANotebook extends Error {
  override readonly name = "NotANotebook";
}

/**
 * Reads a notebook. It may be anything: links are not followed, and everything is checked.
 * @throws NotANotebook
 */
export function readNotebook(path: string): readonly NotebookCell[] {
  return parseNotebook(readRegularFile(path), path);
}

/** @param text of an .ipynb file, which may be anything */
export function parseNotebook(text: string, path: string): readonly NotebookCell[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new NotANotebook(`${path} is not JSON. Submit the notebook as JupyterLab saved it.`);
  }
  const cells = field(json, "cells");
  if (!Array.isArray(cells)) throw new NotANotebook(`${path} has no cells. Submit the notebook as JupyterLab saved it.`);
  return cells.map(cellOf);
}

function readRegularFile(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw new NotANotebook(`${path} cannot be read (${error instanceof Error ? error.message : String(error)}).`);
  }
  try {
    const { size } = fstatSync(fd);
    if (!fstatSync(fd).isFile()) throw new NotANotebook(`${path} is not a file.`);
    if (size > MOST_BYTES)
      throw new NotANotebook(`${path} has ${String(size)} bytes; at most ${String(MOST_BYTES)} are read. Clear its outputs.`);
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}

function cellOf(cell: unknown): NotebookCell {
  const kind = field(cell, "cell_type");
  const nbgrader = field(field(cell, "metadata"), "nbgrader");
  const id = field(nbgrader, "grade_id");
  const points = field(nbgrader, "points");
  return {
    kind: kind === "code" || kind === "markdown" ? kind : "raw",
    source: textOf(field(cell, "source")),
    gradeId: typeof id === "string" ? id : null,
    solution: field(nbgrader, "solution") === true,
    graded: field(nbgrader, "grade") === true,
    points: typeof points === "number" && points >= 0 ? points : 0,
  };
}

/** A field that the value has itself; undefined where it has none. */
function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value as unknown;
}

function textOf(source: unknown): string {
  if (typeof source === "string") return source;
  return Array.isArray(source) ? source.filter((line) => typeof line === "string").join("") : "";
}

/**
 * The code that is run: the instructor's cells, with the student's in place of the solutions. Tests are not among them, and what a student
 * wrote into any other cell, or into cells of his own, is not either.
 * @param released the instructor's notebook
 * @param submitted the student's; the first cell of a name counts
 */
export function cellsToRun(released: readonly NotebookCell[], submitted: readonly NotebookCell[]): readonly string[] {
  const answers = new Map<string, string>();
  for (const { gradeId, source, kind } of submitted)
    if (gradeId !== null && kind === "code" && !answers.has(gradeId)) answers.set(gradeId, source);
  return released
    .filter(({ kind, graded, solution }) => kind === "code" && (solution || !graded))
    .map(({ solution, gradeId, source }) => (solution ? (answers.get(gradeId ?? "") ?? "") : source));
}
