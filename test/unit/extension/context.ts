/** What figures are drawn with in tests: a theme, untranslated words, a width. */
import type { FigureContext } from "../../../extension/src/figures/figure.js";
import type { FigureTheme } from "../../../extension/src/theme.js";
import { INKS } from "../../../kernel/src/views/index.js";

export const LIGHT: FigureTheme = {
  dark: false,
  ground: "#ffffff",
  text: "#212121",
  dimText: "#616161",
  rule: "#d0d0d0",
  fontFamily: "sans-serif",
  codeFontFamily: "monospace",
  fontSize: 13,
  inks: INKS.light,
};

export const DARK: FigureTheme = {
  ...LIGHT,
  dark: true,
  ground: "#111111",
  text: "#e0e0e0",
  dimText: "#a0a0a0",
  rule: "#3d3d3d",
  inks: INKS.dark,
};

/** Fills in %1, %2 ... as JupyterLab's translator does without a translation. */
function filled(text: string, values: readonly unknown[]): string {
  return text.replace(/%(\d+)/g, (_, number: string) => String(values[Number(number) - 1]));
}

export const ENGLISH: FigureContext["trans"] = {
  __: (text: string, ...values: unknown[]) => filled(text, values),
  _n: (one: string, many: string, count: number, ...values: unknown[]) => filled(count === 1 ? one : many, [count, ...values]),
};

export function context(more: Partial<FigureContext> = {}): FigureContext {
  return { theme: LIGHT, trans: ENGLISH, width: 900, webgl: true, ...more };
}
