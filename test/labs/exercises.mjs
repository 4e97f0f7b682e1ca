/**
 * Exercises in notebooks: a line such as `const faults: number | null = null; // your answer` is where a learner writes. Left alone it
 * is an open question, and the notebook runs all the same.
 */
import { wholeText } from "./execute-notebook.mjs";

/** @typedef {import("./execute-notebook.mjs").Notebook} Notebook */

/** What a learner may set to 0 to go on at once. */
const PATIENCE = /^const patience = \d+;/gm;

const STUB = /^((?:const|let) (\w+)\b[^\n]*?) = null; \/\/ your answer\b.*$/gm;

/**
 * @param {Notebook} notebook
 * @returns {string[]} the names of the variables a learner fills in
 */
export function exercisesOf(notebook) {
  return notebook.cells.flatMap(({ cell_type, source }) =>
    cell_type === "code" ? [...wholeText(source).matchAll(STUB)].map(([, , name = ""]) => name) : [],
  );
}

/**
 * @param {Notebook} notebook
 * @param {(name: string) => string} answer the expression for each exercise
 * @returns {Notebook} a copy with the answers in place
 */
export function answered(notebook, answer) {
  return {
    ...notebook,
    cells: notebook.cells.map((cell) =>
      cell.cell_type === "code"
        ? {
            ...cell,
            source: wholeText(cell.source).replace(STUB, (_, declaration, name) => `${declaration} = ${answer(name)};`),
          }
        : cell,
    ),
  };
}

/**
 * For runs that test something else: write-back by itself takes half a minute.
 * @param {Notebook} notebook
 * @returns {Notebook} a copy in which no cell waits for the kernel
 */
export function withoutWaiting(notebook) {
  return {
    ...notebook,
    cells: notebook.cells.map((cell) =>
      cell.cell_type === "code" ? { ...cell, source: wholeText(cell.source).replace(PATIENCE, "const patience = 0;") } : cell,
    ),
  };
}
