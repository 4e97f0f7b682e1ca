/**
 * `name?` as a whole cell: asks for help on a name, as users of IPython know it. It is no TypeScript and never gets there.
 */

/** What is asked for. */
export interface HelpLine {
  /** A name, or names joined by dots. */
  readonly name: string;
  /** 1 for two question marks. */
  readonly detail: 0 | 1;
}

const NAME = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$]*(?:\.#?[\p{ID_Start}$_][\p{ID_Continue}$]*)*`;
const AFTER = new RegExp(String.raw`^\s*(?<name>${NAME})(?:\(\))?(?<marks>\?\??)\s*;?\s*$`, "u");
const BEFORE = new RegExp(String.raw`^\s*(?<marks>\?\??)\s*(?<name>${NAME})(?:\(\))?\s*;?\s*$`, "u");

/** The question in `code`; null where it is code. */
export function parseHelpLine(code: string): HelpLine | null {
  const { name, marks } = (AFTER.exec(code) ?? BEFORE.exec(code))?.groups ?? {};
  return name === undefined ? null : { name, detail: marks === "??" ? 1 : 0 };
}
