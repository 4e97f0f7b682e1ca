/** The place of a trace in JupyterLab. What shows it is loaded when the first one is opened. */
import type { IThemeManager } from "@jupyterlab/apputils";
import type { Message } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import { noticeElements } from "../notice.js";
import type { Phrases } from "../phrases.js";
import type { TraceViewer } from "./trace-viewer.js";

export interface TraceWidgetOptions {
  readonly trans: Phrases;
  readonly themeChanged: IThemeManager["themeChanged"] | undefined;
  /** Opens the document as text, for one that cannot be shown; undefined where there is no file. */
  readonly openAsText?: () => void;
}

export class TraceWidget extends Widget {
  #viewer: TraceViewer | null = null;
  /** Counts what was asked to be shown, so that what comes late is dropped. */
  #asked = 0;

  constructor(private readonly options: TraceWidgetOptions) {
    super();
    this.addClass("mmaplab-trace-place");
    options.themeChanged?.connect(this.#onThemeChanged, this);
  }

  /** Shows a document in place of the one before. Never rejects: what is wrong with it is shown. */
  async showTrace(text: string | Promise<string>): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    const current = (): boolean => mine === this.#asked && !this.isDisposed;
    try {
      const [{ TraceViewer: Viewer }, document] = await Promise.all([import("./trace-viewer.js"), text]);
      if (!current()) return;
      const viewer = new Viewer(document, this.options.trans);
      this.#viewer?.dispose();
      this.#viewer = viewer;
      this.node.replaceChildren(viewer.node);
      if (this.isVisible) viewer.focus();
    } catch (error) {
      if (current()) this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.options.themeChanged?.disconnect(this.#onThemeChanged, this);
    this.#viewer?.dispose();
    this.#viewer = null;
    super.dispose();
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.#viewer?.focus();
  }

  #fail(reason: string): void {
    const { trans, openAsText } = this.options;
    this.#viewer?.dispose();
    this.#viewer = null;
    const elements = noticeElements(trans.__("This trace cannot be shown. %1", reason), null);
    if (openAsText !== undefined) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "mmaplab-trace-as-text";
      button.textContent = trans.__("Open as text");
      button.addEventListener("click", openAsText);
      elements.push(button);
    }
    this.node.replaceChildren(...elements);
  }

  #onThemeChanged(): void {
    // JupyterLab hides itself until the frame after this signal; only in the one after that has a plot a width again.
    requestAnimationFrame(() => {
      requestAnimationFrame(() => this.#viewer?.redraw());
    });
  }
}
