/**
 * Text that came from outside (file names, labels, reasons) made safe to print: a file name may hold newlines, terminal
 * escapes or direction overrides. Markup is not the concern here: whoever writes markup escapes it.
 */

// Control characters (C0, DEL, C1), direction overrides and isolates, line separators, and noncharacters that XML forbids.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

/**
 * Returns the text on one line, with every unprintable character shown as `\u{...}` and lone surrogates replaced.
 * @param longest characters kept at most; what is cut is replaced by "…"
 */
export function printable(text: string, longest = 200): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return wellFormed(cut).replace(UNPRINTABLE, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/** Replaces halves of surrogate pairs that stand alone. */
function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}
