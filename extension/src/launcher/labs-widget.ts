/** The page that lists the labs found on the server, with the progress in each. */
import type { Contents } from "@jupyterlab/services";
import { Widget } from "@lumino/widgets";
import { noticeElements } from "../notice.js";
import type { Phrases } from "../phrases.js";
import type { Progress } from "./progress.js";

export interface LabsWidgetOptions {
  readonly contents: Contents.IManager;
  readonly progress: Progress;
  readonly trans: Phrases;
  /** Opens a notebook by its path. */
  readonly open: (path: string) => void;
}

/** Where the labs lie, below the folder that is served. */
const FOLDERS = ["guided", "reproduce", "assignments"] as const;

interface Lab {
  readonly path: string;
  readonly name: string;
}

export class LabsWidget extends Widget {
  readonly #options: LabsWidgetOptions;
  #labs: ReadonlyMap<string, readonly Lab[]> = new Map();

  constructor(options: LabsWidgetOptions) {
    super();
    this.#options = options;
    this.addClass("mmaplab-labs");
    this.node.tabIndex = -1;
    options.progress.changed.connect(this.#render, this);
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#options.progress.changed.disconnect(this.#render, this);
    super.dispose();
  }

  protected override onAfterShow(): void {
    void this.#load();
  }

  protected override onAfterAttach(): void {
    void this.#load();
  }

  /** Never rejects: a folder that is not there holds no labs. */
  async #load(): Promise<void> {
    const found = await Promise.all(FOLDERS.map(async (folder) => [folder, await this.#labsIn(folder)] as const));
    await this.#options.progress.ready;
    if (this.isDisposed) return;
    this.#labs = new Map(found.filter(([, labs]) => labs.length > 0));
    this.#render();
  }

  async #labsIn(folder: string): Promise<readonly Lab[]> {
    try {
      const { content } = await this.#options.contents.get(folder, { content: true });
      return (content as readonly Contents.IModel[])
        .filter(({ type }) => type === "notebook")
        .map(({ path, name }) => ({ path, name }))
        .sort((a, b) => a.name.localeCompare(b.name, "en"));
    } catch {
      return []; // it is not there, or is none of ours to read: then there are no labs in it
    }
  }

  #render(): void {
    const { trans } = this.#options;
    if (this.#labs.size === 0) {
      const words = trans.__(
        "There are no labs in the folder that is served. Start JupyterLab with “npm start”, or in the folder notebooks.",
      );
      this.node.replaceChildren(...noticeElements(words, null));
      return;
    }
    const titles: Readonly<Record<string, string>> = {
      guided: trans.__("Guided labs"),
      reproduce: trans.__("Experiments to reproduce"),
      assignments: trans.__("Assignments"),
    };
    const sections = [...this.#labs].map(([folder, labs]) => {
      const section = document.createElement("section");
      const heading = document.createElement("h2");
      heading.textContent = titles[folder] ?? folder;
      const list = document.createElement("ul");
      list.append(...labs.map((lab) => this.#item(lab)));
      section.setAttribute("aria-label", heading.textContent);
      section.append(heading, list);
      return section;
    });
    this.node.replaceChildren(...sections);
  }

  #item({ path, name }: Lab): HTMLElement {
    const { progress, trans, open } = this.#options;
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.textContent = readable(name);
    button.addEventListener("click", () => open(path));
    const stands = document.createElement("span");
    const state = progress.of(path);
    stands.textContent =
      state === null ? trans.__("not begun") : trans.__("%1 of %2 checks passed", String(state.passed), String(state.seen));
    item.append(button, stands);
    if (state !== null) {
      const bar = document.createElement("progress");
      bar.max = Math.max(1, state.seen);
      bar.value = state.passed;
      bar.setAttribute("aria-label", trans.__("Progress in %1", readable(name)));
      item.append(bar);
    }
    return item;
  }
}

/** "01-first-mapping.ipynb" as "01 First mapping". */
function readable(name: string): string {
  const words = name.replace(/\.ipynb$/, "").replaceAll(/[-_]+/g, " ");
  return words.replace(/[a-z]/, (letter) => letter.toUpperCase());
}
