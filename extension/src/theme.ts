/** The colours and letters a figure is drawn with, read from the page, so that figures follow any JupyterLab theme. */
import { INKS, type InkName } from "mmaplab/views";

/** What a figure needs to know of the theme. Colours are CSS colours. */
export interface FigureTheme {
  readonly dark: boolean;
  readonly ground: string;
  readonly text: string;
  /** For what is less important: axis numbers, notes. */
  readonly dimText: string;
  /** For grid lines and outlines of empty cells. */
  readonly rule: string;
  readonly fontFamily: string;
  readonly codeFontFamily: string;
  /** In pixels. */
  readonly fontSize: number;
  readonly inks: Readonly<Record<InkName, string>>;
}

/** Reads the theme in force at an element of the page. */
export function readTheme(element: Element): FigureTheme {
  const style = getComputedStyle(element);
  const variable = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
  const ground = variable("--jp-layout-color0", "#ffffff");
  const dark = isDark(ground);
  const text = variable("--jp-ui-font-color1", dark ? "#e0e0e0" : "#212121");
  return {
    dark,
    ground,
    text,
    dimText: variable("--jp-ui-font-color2", text),
    // Themes of high contrast draw borders in full white or black, which a grid must not be: it is mixed from the two.
    rule: mixed(ground, text, 0.18) ?? variable("--jp-border-color2", dark ? "#4a4a4a" : "#d0d0d0"),
    fontFamily: variable("--jp-ui-font-family", "system-ui, sans-serif"),
    codeFontFamily: variable("--jp-code-font-family", "monospace"),
    fontSize: Number.parseFloat(variable("--jp-ui-font-size1", "13px")) || 13,
    inks: dark ? INKS.dark : INKS.light,
  };
}

/** Whether a colour, as white, black, #rgb, #rrggbb or rgb(), is nearer to black than to white. Others count as light. */
export function isDark(colour: string): boolean {
  const channels = channelsOf(colour);
  if (!channels) return false;
  const [red, green, blue] = channels;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}

/** A colour that is the share `share` of the way from one colour to another; null where one cannot be read. */
export function mixed(from: string, to: string, share: number): string | null {
  const a = channelsOf(from);
  const b = channelsOf(to);
  if (!a || !b) return null;
  return `rgb(${a.map((channel, index) => Math.round(channel + ((b[index] ?? channel) - channel) * share)).join(", ")})`;
}

function channelsOf(colour: string): readonly [number, number, number] | null {
  if (colour === "white") return [255, 255, 255];
  if (colour === "black") return [0, 0, 0];
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(colour);
  if (long) return [parseInt(long[1] ?? "", 16), parseInt(long[2] ?? "", 16), parseInt(long[3] ?? "", 16)];
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])/i.exec(colour);
  if (short) return [parseInt(short[1] ?? "", 16) * 17, parseInt(short[2] ?? "", 16) * 17, parseInt(short[3] ?? "", 16) * 17];
  const rgb = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)/i.exec(colour);
  return rgb ? [Number(rgb[1]), Number(rgb[2]), Number(rgb[3])] : null;
}
