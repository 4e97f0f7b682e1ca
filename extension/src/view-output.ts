/**
 * An output: checks what is stored there and shows it, again and again as it changes. It needs an element of the page and
 * nothing of JupyterLab. Loaded when the first output is shown.
 */
import { noteLines, printable, validateBundle, type FigureView, type ViewBundle } from "mmaplab/views";
import { FigurePanel } from "./figure-panel.js";
import { OutputLink } from "./output-link.js";
import { noticeElements } from "./notice.js";
import type { Phrases } from "./phrases.js";
import { openTraceButton, type OpenTrace } from "./trace/open-trace-button.js";

export class ViewOutput {
  #panels: readonly FigurePanel[] = [];
  /** The kinds the panels were made for, in order. */
  #kinds = "";
  readonly #trace = document.createElement("div");

  /**
   * @param node what it fills
   * @param openTrace opens the trace of the output; without it none is offered
   */
  constructor(
    private readonly node: HTMLElement,
    private readonly trans: Phrases,
    private readonly openTrace?: OpenTrace,
  ) {}

  /**
   * Shows what stands in an output. Called again when the kernel updates it: the plots are then changed in place.
   * @param json unknown until it has been checked
   * @param text the output as text, shown where it cannot be drawn
   */
  async show(json: unknown, text: unknown): Promise<void> {
    const checked = validateBundle(json);
    if (!checked.ok) {
      this.dispose();
      const reason = this.trans.__("This output cannot be drawn. %1", checked.reason);
      this.node.replaceChildren(...noticeElements(reason, typeof text === "string" ? text : null));
      return;
    }
    const views = viewsOf(checked.bundle);
    const kinds = [checked.bundle.kind, ...views.map((view) => view.kind)].join(" ");
    if (kinds !== this.#kinds) this.#build(checked.bundle, views.length, kinds);
    this.#setTitle(checked.bundle);
    this.#offerTrace(checked.bundle);
    await Promise.all(
      this.#panels.map(async (panel, index) => {
        const view = views[index];
        if (view) await panel.show(view);
      }),
    );
  }

  /** Draws every plot again, in the present theme. */
  redraw(): void {
    for (const panel of this.#panels) void panel.redraw();
  }

  /** Empties the element. */
  dispose(): void {
    for (const panel of this.#panels) panel.dispose();
    this.#panels = [];
    this.#kinds = "";
    this.node.removeAttribute("role");
    this.node.removeAttribute("aria-label");
    this.node.replaceChildren();
  }

  #build(bundle: ViewBundle, count: number, kinds: string): void {
    this.dispose();
    const link = new OutputLink();
    this.#panels = Array.from({ length: count }, () => new FigurePanel(this.trans, link));
    this.#kinds = kinds;
    const title = document.createElement("div");
    title.className = "mmaplab-title";
    const note = document.createElement("div");
    note.className = "mmaplab-note";
    this.node.replaceChildren(
      ...(bundle.kind === "observation" ? [title, note, this.#trace] : []),
      ...this.#panels.map((panel) => panel.node),
    );
  }

  #offerTrace(bundle: ViewBundle): void {
    const trace = bundle.kind === "observation" ? bundle.trace : undefined;
    const button = trace && this.openTrace && openTraceButton(trace, bundle.title, this.trans, this.openTrace);
    this.#trace.replaceChildren(...(button ? [button] : []));
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
}

function viewsOf(bundle: ViewBundle): readonly FigureView[] {
  return bundle.kind === "observation" ? bundle.views : [bundle];
}
