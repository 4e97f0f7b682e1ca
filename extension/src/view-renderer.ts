/** The widget of an output: checks what is stored there and shows it, again and again as it changes. */
import type { IThemeManager } from "@jupyterlab/apputils";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { noteLines, printable, validateBundle, type FigureView, type ViewBundle } from "mmaplab/views";
import { FigurePanel } from "./figure-panel.js";
import { noticeElements } from "./notice.js";
import type { Phrases } from "./phrases.js";

export interface ViewRendererOptions {
  readonly mimeType: string;
  readonly trans: Phrases;
  /** Emitted after the theme changed; undefined where themes cannot change. */
  readonly themeChanged: IThemeManager["themeChanged"] | undefined;
}

export class ViewRenderer extends Widget implements IRenderMime.IRenderer {
  readonly #options: ViewRendererOptions;
  #panels: readonly FigurePanel[] = [];
  /** The kinds the panels were made for, in order. */
  #kinds = "";

  constructor(options: ViewRendererOptions) {
    super();
    this.#options = options;
    this.addClass("mmaplab-view");
    options.themeChanged?.connect(this.#onThemeChanged, this);
  }

  /** Shows a stored or new output. Called again when the kernel updates it: the plots are then changed in place. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const checked = validateBundle(model.data[this.#options.mimeType]);
    if (!checked.ok) {
      const text = model.data["text/plain"];
      this.#clear();
      this.node.replaceChildren(
        ...noticeElements(
          this.#options.trans.__("This output cannot be drawn. %1", checked.reason),
          typeof text === "string" ? text : null,
        ),
      );
      return;
    }
    const views = viewsOf(checked.bundle);
    const kinds = [checked.bundle.kind, ...views.map((view) => view.kind)].join(" ");
    if (kinds !== this.#kinds) this.#build(checked.bundle, views.length, kinds);
    this.#setTitle(checked.bundle);
    await Promise.all(
      this.#panels.map(async (panel, index) => {
        const view = views[index];
        if (view) await panel.show(view);
      }),
    );
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#options.themeChanged?.disconnect(this.#onThemeChanged, this);
    this.#clear();
    super.dispose();
  }

  #build(bundle: ViewBundle, count: number, kinds: string): void {
    this.#clear();
    this.#panels = Array.from({ length: count }, () => new FigurePanel(this.#options.trans));
    this.#kinds = kinds;
    const title = document.createElement("div");
    title.className = "mmaplab-title";
    const note = document.createElement("div");
    note.className = "mmaplab-note";
    this.node.replaceChildren(...(bundle.kind === "observation" ? [title, note] : []), ...this.#panels.map((panel) => panel.node));
  }

  /** A lone figure has its title in its caption. */
  #setTitle(bundle: ViewBundle): void {
    const title = this.node.querySelector(":scope > .mmaplab-title");
    if (title) title.textContent = printable(bundle.title);
    const note = this.node.querySelector<HTMLElement>(":scope > .mmaplab-note");
    if (note) {
      note.textContent = noteLines(bundle).join("\n");
      note.hidden = note.textContent === "";
    }
    if (bundle.kind !== "observation") return;
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", printable(bundle.title));
  }

  #clear(): void {
    for (const panel of this.#panels) panel.dispose();
    this.#panels = [];
    this.#kinds = "";
    this.node.removeAttribute("role");
    this.node.removeAttribute("aria-label");
    this.node.replaceChildren();
  }

  #onThemeChanged(): void {
    // JupyterLab hides itself until the frame after this signal; only in the one after that has a plot a width again.
    requestAnimationFrame(() => {
      requestAnimationFrame(() => {
        for (const panel of this.#panels) void panel.redraw();
      });
    });
  }
}

function viewsOf(bundle: ViewBundle): readonly FigureView[] {
  return bundle.kind === "observation" ? bundle.views : [bundle];
}
