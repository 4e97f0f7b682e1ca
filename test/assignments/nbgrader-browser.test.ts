/**
 * nbgrader through the browser: an instructor in the formgrader and a student in the list of assignments, each in a JupyterLab of
 * their own, from the release to the mark.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeInBrowser, launchBrowser } from "../browser/browser.js";
import { Course, readNotebook, solutions, withoutNbgrader } from "./nbgrader-course.js";
import { LabPage, startUserLab, type UserLab } from "./nbgrader-lab.js";

/** The formgrader, which JupyterLab shows in a frame. */
class Formgrader {
  readonly frame: FrameLocator;

  constructor(readonly page: Page) {
    this.frame = page.frameLocator("iframe[src*='formgrader']");
  }

  /** The cell of a table's only row. @param name its class */
  cell(name: string): Locator {
    return this.frame.locator(`table tbody tr td.${name}`).first();
  }

  /** Clicks the sign in a cell, waits until nbgrader says how it went, and closes that message. */
  async click(name: string): Promise<string> {
    await this.cell(name).locator("a").click();
    const message = this.frame.locator("#success-modal, #error-modal");
    await message.locator(".modal-footer button").waitFor({ timeout: 120_000 });
    const title = (await message.locator(".modal-title").textContent()) ?? "";
    const text = (await message.locator(".modal-body").textContent()) ?? "";
    await message.locator(".modal-footer button").click();
    await message.waitFor({ state: "detached" });
    return title === "Success" ? title : `${title}: ${text}`;
  }
}

describe.skipIf(withoutNbgrader !== "")(`nbgrader in JupyterLab${withoutNbgrader}`, () => {
  describeInBrowser("from the release to the mark", () => {
    let course: Course;
    let browser: Browser;
    const labs: UserLab[] = [];

    beforeAll(async () => {
      course = new Course(["sample"]);
      // Instructor and student are one user of the system here.
      course.configure("c.ExchangeCollect.check_owner = False");
      browser = await launchBrowser();
    });
    afterAll(async () => {
      await browser.close();
      for (const lab of labs) await lab.stop();
      course.remove();
    });

    /** JupyterLab of a user, in a window of its own. */
    async function open(user: string, rootDir: string): Promise<LabPage> {
      const lab = await startUserLab(course, user, rootDir);
      labs.push(lab);
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
      page.setDefaultTimeout(60_000);
      return LabPage.open(page, lab);
    }

    test("an instructor releases, a student fetches, answers and submits, the instructor grades, the student reads the mark", async () => {
      const instructor = await open("instructor", course.root);
      const student = await open("ada", course.home("ada"));

      await instructor.command("nbgrader:open-formgrader");
      const formgrader = new Formgrader(instructor.page);
      expect(await formgrader.cell("name").textContent()).toContain("sample");
      expect(await formgrader.click("assign")).toBe("Success");
      expect(await formgrader.click("release")).toBe("Success");
      expect(await formgrader.cell("status").textContent()).toBe("released");

      await student.command("nbgrader:open-assignment-list");
      const { page } = student;
      await page.locator("#released_assignments_list > .list_item button", { hasText: "Fetch" }).click();
      await page.locator("#fetched_assignments_list a.assignment-notebooks-link").click();
      await page.locator("#fetched_assignments_list .assignment-notebooks a").click();
      await student.whenIdle();
      expect(await student.kernelName()).toBe("mmaplab");
      await student.answer(solutions("sample"));
      await student.command("runmenu:run-all");
      await student.whenIdle();
      await student.command("docmanager:save");
      const answered = readNotebook(join(course.home("ada"), "sample", "sample.ipynb"));
      expect(JSON.stringify(answered)).toContain("1 of 1 point");
      await page.locator(".lm-TabBar-tab", { hasText: "Assignments" }).click();
      await page.locator("#fetched_assignments_list button", { hasText: "Submit" }).click();
      await page.locator("#submitted_assignments_list > .list_item").waitFor();

      expect(await formgrader.click("collect")).toBe("Success");
      await formgrader.cell("num-submissions").locator("a").click();
      expect(await formgrader.cell("student-id").textContent()).toBe("ada");
      expect(await formgrader.click("autograde")).toBe("Success");
      expect(await formgrader.cell("score").textContent()).toBe("4 / 6");
      expect(course.marks("sample")).toEqual({ ada: { "test-anonymous": 3, "test-bytes": 1, why: 0 } });
      expect(await formgrader.click("generate-feedback")).toBe("Success");
      expect(await formgrader.click("release-feedback")).toBe("Success");

      await page.locator("#submitted_assignments_list button", { hasText: "Fetch Feedback" }).click();
      await page.locator("#submitted_assignments_list a", { hasText: "view feedback" }).waitFor();
      const [stamp] = readdirSync(join(course.home("ada"), "sample", "feedback"));
      expect(readFileSync(join(course.home("ada"), "sample", "feedback", stamp!, "sample.html"), "utf8")).toContain("Score: 4.0 / 6.0");
    }, 400_000);
  });
});
