/** JupyterLab with nbgrader's extensions for one user of a course, and a page that shows it. */
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { startJupyterLab } from "../../kernel/setup/jupyterlab.mjs";
import { places } from "../../kernel/setup/places.mjs";
import { tryPort } from "../../kernel/setup/port.mjs";
import { PYTHON, type Answers, type Course } from "./nbgrader-course.js";

const IP = "127.0.0.1";

/** The parts of JupyterLab's application object that are used here (`--LabApp.expose_app_in_browser`). */
interface LabWindow {
  readonly jupyterapp?: {
    readonly commands: { hasCommand(id: string): boolean; execute(id: string, args?: object): Promise<unknown> };
    readonly restored: Promise<unknown>;
    readonly shell: { readonly currentWidget: NotebookPanel | null };
  };
}
interface NotebookPanel {
  readonly sessionContext?: {
    readonly isReady: boolean;
    readonly session: { readonly kernel: { readonly status: string; readonly name: string } | null } | null;
  };
  readonly content: {
    readonly widgets: readonly {
      readonly model: {
        getMetadata(name: string): unknown;
        readonly sharedModel: { setSource(text: string): void };
      };
    }[];
  };
}

export interface UserLab {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts JupyterLab as a user of the course has it: an instructor in the course's folder, a student at home. */
export async function startUserLab(course: Course, user: string, rootDir: string): Promise<UserLab> {
  const port = await tryPort(0, IP);
  if (port === null) throw new Error("no free port on 127.0.0.1");
  const env = course.environmentOf(user);
  const config = join(course.home(user), "config");
  mkdirSync(config, { recursive: true });
  const lines = [
    "c = get_config()",
    `c.Exchange.root = ${JSON.stringify(course.exchange)}`,
    // nbgrader asks the system for the user, and all users here are one.
    ...(rootDir === course.root ? [] : [`c.CourseDirectory.student_id = ${JSON.stringify(user)}`]),
  ];
  writeFileSync(join(config, "nbgrader_config.py"), `${lines.join("\n")}\n`);
  const server = await startJupyterLab({
    python: PYTHON,
    rootDir,
    ip: IP,
    port,
    token: randomUUID(),
    logFile: join(places().testResults, `nbgrader-${user}-jupyterlab.log`),
    args: [
      "--LabApp.expose_app_in_browser=True",
      `--LabApp.workspaces_dir=${join(course.home(user), "workspaces")}`,
      `--LabApp.user_settings_dir=${join(course.home(user), "settings")}`,
    ],
    env,
  });
  return { url: `${server.baseUrl}/lab?token=${server.token}`, stop: () => server.stop() };
}

/** JupyterLab in a page, with its commands. */
export class LabPage {
  private constructor(readonly page: Page) {}

  static async open(page: Page, { url }: UserLab): Promise<LabPage> {
    await page.goto(url);
    await page.waitForFunction(() => (window as unknown as LabWindow).jupyterapp !== undefined, undefined, { timeout: 90_000 });
    await page.evaluate(async () => void (await (window as unknown as LabWindow).jupyterapp?.restored));
    return new LabPage(page);
  }

  /** Runs a command of JupyterLab, which may be of an extension that is still being loaded. */
  async command(id: string): Promise<void> {
    await this.page.waitForFunction((name) => (window as unknown as LabWindow).jupyterapp?.commands.hasCommand(name), id);
    await this.page.evaluate(async (name) => void (await (window as unknown as LabWindow).jupyterapp?.commands.execute(name)), id);
  }

  /** Waits until the notebook in front has a kernel with nothing to do, and no cell waits for it. */
  async whenIdle(): Promise<void> {
    await this.page.waitForFunction(
      () => {
        const context = (window as unknown as LabWindow).jupyterapp?.shell.currentWidget?.sessionContext;
        const waiting = [...document.querySelectorAll(".jp-InputPrompt")].some((prompt) => prompt.textContent?.includes("[*]"));
        return context?.isReady === true && context.session?.kernel?.status === "idle" && !waiting;
      },
      undefined,
      { timeout: 90_000 },
    );
  }

  /** Name of the kernel of the notebook in front. */
  kernelName(): Promise<string | undefined> {
    return this.page.evaluate(
      () => (window as unknown as LabWindow).jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.name,
    );
  }

  /** Writes answers into the cells of the notebook in front, by their grade_id. */
  async answer(answers: Answers): Promise<void> {
    await this.page.evaluate((texts) => {
      const cells = (window as unknown as LabWindow).jupyterapp?.shell.currentWidget?.content.widgets ?? [];
      for (const { model } of cells) {
        const { grade_id = "" } = (model.getMetadata("nbgrader") ?? {}) as { grade_id?: string };
        const text = texts[grade_id];
        if (text !== undefined) model.sharedModel.setSource(text);
      }
    }, answers);
  }
}
