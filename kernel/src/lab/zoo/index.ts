/** The errno and signal zoo: a table of errors, each caused for real. */
export { chosenRows, zooCalls } from "./choose.js";
export type { ZooRow } from "./row.js";
export { ZOO_ROWS } from "./rows/index.js";
export { hindrance, runRow, type RowReport } from "./run-row.js";
export { needsText, reportsTable, rowsTable, summaryText } from "./tables.js";
export { expectationText, rowName, stepText } from "./words.js";
export { Zoo, runRows, zoo, type ZooOptions } from "./zoo.js";
