/** What the tests look for in executed notebooks. */
import { VIEW_MIME_TYPE, validateBundle, type FigureView } from "../../kernel/src/views/index.js";
import { wholeText, type Cell, type Notebook, type Output } from "./execute-notebook.mjs";

/** The figures of a cell, those within observations too. */
export function figuresOf(cell: Cell): FigureView[] {
  return (cell.outputs ?? []).flatMap(({ data }: Output): readonly FigureView[] => {
    if (data === undefined || !(VIEW_MIME_TYPE in data)) return [];
    const checked = validateBundle(data[VIEW_MIME_TYPE]);
    if (!checked.ok) throw new Error(`a view does not keep to the format: ${checked.reason}`);
    return checked.bundle.kind === "observation" ? checked.bundle.views : [checked.bundle];
  });
}

/** Lines where model and kernel differ and nobody knows why, in words. */
export function unexplainedIn(notebook: Notebook): string[] {
  return notebook.cells
    .flatMap(figuresOf)
    .flatMap((view) => (view.kind === "comparison" ? view.rows : []))
    .filter(({ verdict }) => verdict === "unexplained")
    .map(({ what, kernel, model }) => `${what}: kernel ${kernel}, model ${model}`);
}

/** The cells that check an exercise. */
export function cellsChecking(notebook: Notebook, exercise: string): Cell[] {
  return notebook.cells.filter(({ cell_type, source }) => {
    const code = wholeText(source);
    return cell_type === "code" && /\bcheck\.\w+\(/.test(code) && new RegExp(`\\b${exercise}\\b`).test(code);
  });
}

/** How the checks of a cell came out. */
export function outcomesOf(cell: Cell): string[] {
  return figuresOf(cell).flatMap((view) => (view.kind === "check" ? [view.outcome] : []));
}

/** Steps that need something not every machine has: their names and what they need. */
export function gatesOf(notebook: Notebook): { readonly name: string; readonly needs: readonly string[] }[] {
  const code = notebook.cells.filter(({ cell_type }) => cell_type === "code").map(({ source }) => wholeText(source));
  return [...code.join("\n").matchAll(/\bgate\(\s*"([^"]+)",\s*("[^"]+"|\[[^\]]+\])/g)].map(([, name = "", needs = ""]) => ({
    name,
    needs: [...needs.matchAll(/"([^"]+)"/g)].map(([, need = ""]) => need),
  }));
}
