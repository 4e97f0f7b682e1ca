/** A stored notebook turned into HTML by the real nbconvert: every figure is in it, for readers without the extension. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { places } from "../../kernel/setup/places.mjs";
import { BUNDLES } from "../unit/views/samples.js";
import { describeInBrowser, launchBrowser } from "./browser.js";
import { outputOf, storedNotebook } from "./stored-notebook.js";

describeInBrowser("a notebook converted to HTML", () => {
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-nbconvert-"));
  let browser: Browser | undefined;
  let page: Page;

  beforeAll(async () => {
    writeFileSync(join(folder, "stored.ipynb"), storedNotebook(BUNDLES.map(outputOf)));
    execFileSync(places().python, ["-m", "nbconvert", "--to", "html", "stored.ipynb"], {
      cwd: folder,
      stdio: "pipe",
      env: {
        ...process.env,
        JUPYTER_CONFIG_DIR: join(folder, "config"),
        JUPYTER_DATA_DIR: join(folder, "data"),
        IPYTHONDIR: join(folder, "ipython"),
      },
    });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 900, height: 1200 } });
    // The page of nbconvert asks for MathJax from afar, which no figure needs.
    await page.route(/^https?:/, (route) => route.abort());
    await page.goto(`file://${join(folder, "stored.html")}`, { waitUntil: "domcontentloaded" });
  });

  afterAll(async () => {
    await page?.screenshot({ path: join(places().testResults, "nbconvert.png"), fullPage: true });
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows a picture for every output, with the titles of its figures", async () => {
    const outputs = page.locator(".jp-OutputArea-output");
    expect(await outputs.count()).toBe(BUNDLES.length);
    for (const [index, bundle] of BUNDLES.entries()) {
      const shown = await outputs.nth(index).evaluate((node) => {
        const inline = node.querySelector("svg");
        const image = node.querySelector("img");
        const source = inline
          ? inline.outerHTML
          : decodeURIComponent(escape(atob((image?.src ?? "").replace(/^data:image\/svg\+xml;base64,/, ""))));
        return { source, width: (inline ?? image)?.getBoundingClientRect().width ?? 0 };
      });
      expect(shown.width, bundle.title).toBeGreaterThan(300);
      expect(shown.source).toContain(`<title>${bundle.title}</title>`);
      for (const { title } of bundle.kind === "observation" ? bundle.views : [bundle]) expect(shown.source).toContain(`>${title}</text>`);
    }
  });
});
