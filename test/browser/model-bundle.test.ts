/** The model in a browser: bundled as the extension bundles it, it gives the kernel's answers to the golden scenarios there too. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rspack, type Stats } from "@rspack/core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "./browser.js";

const ROOT = join(import.meta.dirname, "..", "..");
const RECORDINGS = join(ROOT, "test", "conformance", "scenarios");

/** What the bundle puts under the name `mmaplabModel`. */
type ModelModule = typeof import("../../kernel/src/model/index.js");

/** A bundle of "mmaplab/model" for a page. Node's own modules are not to be had there, so that an import of one is an error. */
async function bundle(folder: string): Promise<{ readonly text: string; readonly errors: readonly string[] }> {
  const compiler = rspack({
    context: ROOT,
    mode: "production",
    target: "web",
    entry: "mmaplab/model",
    output: { path: folder, filename: "model.js", library: { name: "mmaplabModel", type: "var" } },
  });
  const stats = await new Promise<Stats>((resolve, reject) => {
    compiler.run((error, result) => {
      if (error !== null || result === undefined) reject(error ?? new Error("the bundler gave no result"));
      else resolve(result);
    });
  });
  await new Promise<void>((resolve) => {
    compiler.close(() => resolve());
  });
  const errors = stats.toJson({ all: false, errors: true }).errors ?? [];
  return { text: readFileSync(join(folder, "model.js"), "utf8"), errors: errors.map(({ message }) => message) };
}

describeInBrowser("mmaplab/model in a browser bundle", () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  let errors: readonly string[];
  let bytes: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mmaplab-bundle-"));
    browser = await launchBrowser();
    page = await browser.newPage();
    const built = await bundle(folder);
    errors = built.errors;
    bytes = built.text.length;
    await page.addScriptTag({ content: built.text });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is built without any module of Node, and is small", async () => {
    expect(errors).toEqual([]);
    expect(bytes).toBeLessThan(256 * 1024);
    expect(await page.evaluate("typeof mmaplabModel.Model")).toBe("function");
  });

  for (const name of readdirSync(RECORDINGS).filter((file) => file.endsWith(".json"))) {
    it(`answers there as the kernel of ${name} does`, async () => {
      const recorded = readFileSync(join(RECORDINGS, name), "utf8");
      const outcome = await page.evaluate((json) => {
        const model = (globalThis as unknown as { readonly mmaplabModel: ModelModule }).mmaplabModel;
        const file = model.parseScenarios(json);
        const differences = file.scenarios.flatMap((scenario) =>
          model
            .runScenario(new model.Model(model.modelOptionsFor(file)), scenario)
            .mismatches.map((mismatch) => `${scenario.name}: ${model.describeMismatch(mismatch)}`),
        );
        return { scenarios: file.scenarios.length, differences };
      }, recorded);
      expect(outcome.differences).toEqual([]);
      expect(outcome.scenarios).toBeGreaterThanOrEqual(129);
    });
  }
});
