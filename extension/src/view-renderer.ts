/** The widget of an output. What it shows, and what checks it, is loaded when the first output is there. */
import type { IThemeManager } from "@jupyterlab/apputils";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { noticeElements } from "./notice.js";
import type { Phrases } from "./phrases.js";
import type { OpenTrace } from "./trace/open-trace-button.js";
import type { ViewOutput } from "./view-output.js";

export interface ViewRendererOptions {
  readonly mimeType: string;
  readonly trans: Phrases;
  /** Emitted after the theme changed; undefined where themes cannot change. */
  readonly themeChanged: IThemeManager["themeChanged"] | undefined;
  readonly openTrace: OpenTrace;
}

export class ViewRenderer extends Widget implements IRenderMime.IRenderer {
  readonly #options: ViewRendererOptions;
  #output: ViewOutput | null = null;

  constructor(options: ViewRendererOptions) {
    super();
    this.#options = options;
    this.addClass("mmaplab-view");
    options.themeChanged?.connect(this.#onThemeChanged, this);
  }

  /** Shows a stored or new output. Called again when the kernel updates it. Never rejects. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { mimeType, trans, openTrace } = this.#options;
    const text = model.data["text/plain"];
    try {
      if (!this.#output) {
        const { ViewOutput } = await import("./view-output.js");
        if (this.isDisposed) return;
        this.#output ??= new ViewOutput(this.node, trans, openTrace);
      }
      await this.#output.show(model.data[mimeType], text);
    } catch (error) {
      // A server that is away, or a fault of this extension: the notebook goes on, and the text is there.
      const reason = trans.__("This output could not be drawn: %1", error instanceof Error ? error.message : String(error));
      this.node.replaceChildren(...noticeElements(reason, typeof text === "string" ? text : null));
      console.error("mmaplab: an output could not be drawn", error);
    }
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#options.themeChanged?.disconnect(this.#onThemeChanged, this);
    this.#output?.dispose();
    this.#output = null;
    super.dispose();
  }

  #onThemeChanged(): void {
    // JupyterLab hides itself until the frame after this signal; only in the one after that has a plot a width again.
    requestAnimationFrame(() => {
      requestAnimationFrame(() => this.#output?.redraw());
    });
  }
}
