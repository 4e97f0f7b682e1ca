/**
 * Which notebooks are open, and which of them is the current one: the one that was in front last, also while a terminal or a
 * side bar has the focus. It asks the document registry and the shell, which every JupyterLab and Jupyter Notebook has.
 */
import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { ISessionContext } from "@jupyterlab/apputils";
import { Signal, type ISignal } from "@lumino/signaling";
import type { Widget } from "@lumino/widgets";

/** The widget factory of notebooks, in JupyterLab and in Jupyter Notebook. */
const FACTORY = "Notebook";

/** An open notebook. */
export interface OpenNotebook {
  readonly widget: Widget;
  /** Its path on the server; changes when it is renamed. */
  readonly path: string;
  readonly session: ISessionContext;
}

export class OpenNotebooks {
  /** The most recently used last. */
  readonly #open: OpenNotebook[] = [];
  readonly #currentChanged = new Signal<this, OpenNotebook | null>(this);
  readonly #added = new Signal<this, OpenNotebook>(this);

  /** @param app whose notebooks are followed from now on */
  constructor(private readonly app: JupyterFrontEnd) {
    app.docRegistry.addWidgetExtension(FACTORY, {
      createNew: (widget, context) => {
        const notebook: OpenNotebook = {
          widget,
          get path() {
            return context.path;
          },
          session: context.sessionContext,
        };
        this.#add(notebook);
      },
    });
    app.shell.currentChanged?.connect(() => this.#bringToFront(app.shell.currentWidget));
  }

  /** The one that was in front last; null where none is open. */
  get current(): OpenNotebook | null {
    return this.#open.at(-1) ?? null;
  }

  /** Emitted when another notebook becomes the current one, with that. */
  get currentChanged(): ISignal<this, OpenNotebook | null> {
    return this.#currentChanged;
  }

  /** Emitted for each notebook that is opened. */
  get added(): ISignal<this, OpenNotebook> {
    return this.#added;
  }

  #add(notebook: OpenNotebook): void {
    // It may come to the front only later, or never: behind the others, unless it is in front already.
    this.#open.unshift(notebook);
    notebook.widget.disposed.connect(() => {
      const wasCurrent = this.current === notebook;
      this.#open.splice(this.#open.indexOf(notebook), 1);
      if (wasCurrent) this.#currentChanged.emit(this.current);
    });
    this.#added.emit(notebook);
    if (this.#open.length === 1) this.#currentChanged.emit(notebook);
    else this.#bringToFront(this.app.shell.currentWidget);
  }

  #bringToFront(widget: Widget | null): void {
    const index = this.#open.findIndex((notebook) => notebook.widget === widget);
    const notebook = this.#open[index];
    if (notebook === undefined || notebook === this.current) return;
    this.#open.splice(index, 1);
    this.#open.push(notebook);
    this.#currentChanged.emit(notebook);
  }
}
