/** The pieces static pictures are made of: escaped text, rectangles, lines; and the size of the sheet. */
import { printable } from "../printable.js";

/** Width of every picture, in SVG units. */
export const SHEET_WIDTH = 760;
/** Width of a character of the 12-unit monospaced text, for deciding what fits. */
export const CHARACTER_WIDTH = 7.3;

/** A part of a picture: its markup, drawn from y = 0, and its height. */
export interface Drawing {
  readonly markup: string;
  readonly height: number;
}

/** Escapes text for use in element content and in attributes. Control characters become visible, as XML has no place for them. */
export function escaped(text: string): string {
  return printable(text, 300).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Coordinates to a tenth of a unit, which is finer than any screen shows. */
export function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/**
 * A line of text.
 * @param className `text`, `dim` (less important), `strong`, `onfill` (black, on a coloured fill)
 */
export function label(
  text: string,
  x: number,
  y: number,
  className: "text" | "dim" | "strong" | "onfill" = "text",
  anchor: "start" | "middle" | "end" = "start",
): string {
  const anchored = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text class="mmaplab-${className}" x="${at(x)}" y="${at(y)}"${anchored}>${escaped(text)}</text>`;
}

/** @param paint attributes such as `fill="#fff"` or `class="..."`, made by the caller from constants only */
export function box(x: number, y: number, width: number, height: number, paint: string): string {
  return `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" ${paint}/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, className: "rule" | "axis" = "rule"): string {
  return `<path class="mmaplab-${className}" d="M${at(x1)} ${at(y1)}L${at(x2)} ${at(y2)}"/>`;
}

/** Text cut to what fits into `width` units, or "" where nothing sensible does. */
export function fitting(text: string, width: number): string {
  const characters = Math.floor(width / CHARACTER_WIDTH);
  if (text.length <= characters) return text;
  return characters < 4 ? "" : `${text.slice(0, characters - 1)}…`;
}

/** Puts drawings beneath each other. */
export function stacked(drawings: readonly Drawing[], gap: number): Drawing {
  let y = 0;
  const markup = drawings.map((drawing) => {
    const placed = `<g transform="translate(0 ${at(y)})">${drawing.markup}</g>`;
    y += drawing.height + gap;
    return placed;
  });
  return { markup: markup.join(""), height: Math.max(0, y - gap) };
}
