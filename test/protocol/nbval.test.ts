/**
 * nbval on the first guided notebook, which is kept without outputs: one kernel records them, and nbval compares those of another.
 * Figures are left out (`nbval_conftest.py`), their texts are compared but for addresses, times and what follows from these.
 */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { useJupyterPython, withoutModules } from "./jupyter-python.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const NOTEBOOK = here("../../notebooks/guided/01-first-mapping.ipynb");

const jupyter = useJupyterPython();
const without = withoutModules("nbval", "nbclient");

const RECORD = `
import nbformat, sys
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
# What lies behind the mapping, and whether it is merged with its neighbours, is a matter of chance, and so is what a comparison says of it.
for cell in notebook.cells:
    if "1024 * PAGE_SIZE" in cell.source or "lab.compare()" in cell.source:
        cell.metadata.tags = ["nbval-ignore-output"]
NotebookClient(notebook, kernel_name="mmaplab").execute()
nbformat.write(notebook, "recorded.ipynb")
`;

/** Runs nbval on a notebook of the folder. */
const nbval = (notebook: string): { readonly status: number | null; readonly output: string } =>
  jupyter().run(
    ...["-m", "pytest", "-p", "no:cacheprovider", "--color", "no", "--nbval", notebook],
    ...["--nbval-sanitize-with", here("nbval-sanitize.cfg")],
  );

describe.skipIf(without !== "")(`nbval${without}`, () => {
  let recorded = "";
  const codeCells = (): readonly { readonly outputs: unknown }[] =>
    (JSON.parse(recorded) as { readonly cells: readonly { readonly cell_type: string; readonly outputs: unknown }[] }).cells.filter(
      ({ cell_type }) => cell_type === "code",
    );

  beforeAll(() => {
    const { folder, run } = jupyter();
    copyFileSync(here("nbval_conftest.py"), join(folder, "conftest.py"));
    const { status, output } = run("-c", RECORD, NOTEBOOK);
    expect(status, output).toBe(0);
    recorded = readFileSync(join(folder, "recorded.ipynb"), "utf8");
  });

  test("finds the outputs of the first guided notebook to be those of another run", () => {
    const { status, output } = nbval("recorded.ipynb");
    expect(status, output).toBe(0);
    expect(output).toMatch(new RegExp(`^=+ ${codeCells().length} passed`, "m"));
  });

  test("would find what differs: the text of a figure, a printed count, a reason", () => {
    const texts = [
      ["8 minor, 0 major", "8 minor, 1 major"],
      ["the mapping does not allow it", "the mapping allows it"],
    ] as const;
    const altered = texts.reduce((text, [is, was]) => text.replaceAll(is, was), recorded);
    const differing = codeCells().flatMap(({ outputs }, i) =>
      texts.some(([is]) => JSON.stringify(outputs).includes(is)) ? [`Cell ${i}`] : [],
    );
    expect(differing).not.toEqual([]);
    writeFileSync(join(jupyter().folder, "altered.ipynb"), altered);
    const { status, output } = nbval("altered.ipynb");
    expect(status, output).toBe(1);
    expect([...output.matchAll(/^FAILED .*::(Cell \d+)/gm)].map(([, cell]) => cell)).toEqual(differing);
  });
});
