/** Which rows a reader means. */
import { ZOO_ROWS } from "./rows/index.js";
import type { ZooRow } from "./row.js";
import { expectationText } from "./words.js";

/** The calls that have rows, in the order of the table. */
export function zooCalls(): readonly string[] {
  return [...new Set(ZOO_ROWS.map(({ call }) => call))];
}

function answersOf({ expect, gone }: ZooRow): readonly string[] {
  return [...(gone === undefined ? [] : [gone.claim]), ...(expect.kind === "shows" ? ["shows"] : expectationText(expect).split(" "))];
}

/**
 * Finds rows.
 * @param call the name of a call, or undefined for all
 * @param answer an error or a signal, e.g. "EINVAL", "SIGBUS"; "success" and "shows" find the others
 * @throws RangeError where there is none, naming those there are
 */
export function chosenRows(call?: string, answer?: string): readonly ZooRow[] {
  if (call === undefined) return ZOO_ROWS;
  const ofCall = ZOO_ROWS.filter((row) => row.call === call);
  if (ofCall.length === 0) throw new RangeError(`zoo: there are no rows of ${JSON.stringify(call)}: take one of ${zooCalls().join(", ")}`);
  if (answer === undefined) return ofCall;
  const chosen = ofCall.filter((row) => answersOf(row).includes(answer));
  if (chosen.length === 0) {
    const known = [...new Set(ofCall.flatMap(answersOf))].sort();
    throw new RangeError(`zoo: no row of ${call} ends with ${JSON.stringify(answer)}: take one of ${known.join(", ")}`);
  }
  return chosen;
}
