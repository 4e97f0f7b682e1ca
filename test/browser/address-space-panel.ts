/** The address space panel as a reader finds it: by roles and names, not by classes. */
import { expect } from "vitest";
import type { Locator, Page } from "playwright-core";

/** A notebook of code cells for the mmaplab kernel. */
export function notebookOf(cells: readonly string[], kernel = { name: "mmaplab", display_name: "TypeScript (mmaplab)" }): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { ...kernel, language: kernel.name === "mmaplab" ? "typescript" : "python" } },
    cells: cells.map((source, index) => ({
      cell_type: "code",
      id: `cell-${String(index)}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    })),
  });
}

export class PanelPage {
  readonly panel: Locator;
  readonly mappings: Locator;
  readonly operations: Locator;
  readonly status: Locator;
  readonly live: Locator;

  constructor(page: Page) {
    this.panel = page.getByRole("region", { name: "Address space" });
    this.mappings = this.panel.getByRole("listbox", { name: "Mappings" });
    this.operations = this.panel.getByRole("listbox", { name: /^Operations/ });
    this.status = this.panel.getByRole("status");
    this.live = this.panel.getByRole("button", { name: "Live" });
  }

  /** The names of the mappings of the lab in sight, without those that are folded. */
  async ownMappings(): Promise<string[]> {
    const names = await this.namesIn(this.mappings);
    return names.filter((name) => !name.includes("notebook's own process"));
  }

  /** The names of the operations in sight. */
  operationNames(): Promise<string[]> {
    return this.namesIn(this.operations);
  }

  /** What a counter shows. */
  async counter(name: string): Promise<string> {
    return (await this.panel.locator(`dt:text-is("${name}") + dd`).textContent()) ?? "";
  }

  /** How many operations the panel says there were; NaN while it shows none of them. */
  async operationCount(): Promise<number> {
    if (!(await this.operations.isVisible())) return Number.NaN;
    const text = (await this.panel.locator(".mmaplab-panel-time > span").textContent()) ?? "";
    return Number(/(\d+)(?: operations?)?$/.exec(text)?.[1] ?? Number.NaN);
  }

  /** Waits until a row of mappings fits. */
  async waitForMapping(name: RegExp): Promise<void> {
    await this.mappings.getByRole("option", { name }).first().waitFor({ state: "attached", timeout: 15_000 });
  }

  async waitForStatus(words: RegExp): Promise<void> {
    await expect.poll(() => this.status.textContent(), { timeout: 15_000 }).toMatch(words);
  }

  private async namesIn(list: Locator): Promise<string[]> {
    const rows = await list
      .getByRole("option")
      .evaluateAll((options) =>
        options.map((row) => [Number(row.getAttribute("aria-posinset")), row.getAttribute("aria-label") ?? ""] as const),
      );
    return rows.sort(([a], [b]) => a - b).map(([, name]) => name);
  }
}
