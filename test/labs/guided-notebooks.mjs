/** The guided notebooks, in their order. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../kernel/setup/places.mjs";

/** Their folder. */
export const GUIDED = join(PROJECT_ROOT, "notebooks", "guided");

/** Names without ending: "01-first-mapping". */
export const guidedNotebooks = readdirSync(GUIDED)
  .filter((name) => name.endsWith(".ipynb"))
  .map((name) => name.slice(0, -".ipynb".length))
  .sort();

/** Those that teach: with goals, exercises and a comparison at the end. The index only leads to them. */
export const lessons = guidedNotebooks.filter((name) => /^\d\d-/.test(name));

/**
 * The file of a notebook.
 * @param {string} name
 */
export function pathOf(name) {
  return join(GUIDED, `${name}.ipynb`);
}
