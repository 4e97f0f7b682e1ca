/**
 * The names every cell has besides those of JavaScript, Node and the prelude, as a declaration file.
 * The cell process defines them at run time; this file only types them.
 */

/** File name of the declarations, in the notebook's folder. The file exists in memory only. */
export const CELL_GLOBALS_FILE = "__cell_globals__.d.ts";

export const CELL_GLOBALS = `
/** How {@link display} shows a value. */
interface DisplayOptions {
  /** A name for this output, so that a later call can replace it. */
  displayId?: string;
  /** Replaces the outputs that were shown with the same \`displayId\`. */
  update?: boolean;
  /** Metadata of the output, by MIME type. */
  metadata?: Record<string, unknown>;
}

/**
 * Shows a value below the cell, as the last expression of a cell is shown.
 * @param value anything; an object with a method \`[Symbol.for("Jupyter.display")]()\` says itself how it looks
 * @param options a \`displayId\` to replace the output later
 */
declare function display(value: unknown, options?: DisplayOptions): void;

/**
 * Asks the reader of the notebook for a line of text and waits for it.
 * @param text the question
 * @param options \`password\`: what is typed is not shown
 * @returns the line, without its end
 */
declare function prompt(text?: string, options?: { password?: boolean }): string;

/**
 * Removes the outputs the cell has shown so far.
 * @param wait true: only when the next output comes, so that nothing flickers
 */
declare function clearOutput(wait?: boolean): void;
`;
