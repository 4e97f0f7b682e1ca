/** Trace documents: how JupyterLab opens a file `*.mmaptrace.json`. The text editor stays available under "Open With". */
import { ABCWidgetFactory, DocumentWidget, type DocumentRegistry } from "@jupyterlab/docregistry";
import { memoryIcon } from "../icon.js";
import { TraceWidget, type TraceWidgetOptions } from "./trace-widget.js";

/** The name of the file type. */
export const TRACE_FILE_TYPE = "mmaptrace";

/** The name of the viewer, as "Open With" shows it. */
export const TRACE_FACTORY = "Memory trace";

/** The file type, for the document registry. */
export const traceFileType: Partial<DocumentRegistry.IFileType> & { readonly name: string } = {
  name: TRACE_FILE_TYPE,
  displayName: TRACE_FACTORY,
  extensions: [".mmaptrace.json"],
  mimeTypes: ["application/json"],
  contentType: "file",
  fileFormat: "text",
};

export class TraceDocumentFactory extends ABCWidgetFactory<DocumentWidget<TraceWidget>> {
  /**
   * @param options of every trace
   * @param openAsText opens a file in the text editor
   */
  constructor(
    label: string,
    private readonly options: Omit<TraceWidgetOptions, "openAsText">,
    private readonly openAsText: (path: string) => void,
  ) {
    super({
      name: TRACE_FACTORY,
      label,
      modelName: "text",
      fileTypes: [TRACE_FILE_TYPE],
      defaultFor: [TRACE_FILE_TYPE],
      readOnly: true,
    });
  }

  protected createNewWidget(context: DocumentRegistry.Context): DocumentWidget<TraceWidget> {
    const content = new TraceWidget({ ...this.options, openAsText: () => this.openAsText(context.path) });
    const show = (): void => void content.showTrace(context.model.toString());
    void context.ready.then(() => {
      if (content.isDisposed) return;
      show();
      context.model.contentChanged.connect(show);
      content.disposed.connect(() => context.model.contentChanged.disconnect(show));
    });
    const widget = new DocumentWidget({ content, context });
    widget.title.icon = memoryIcon;
    // The buttons are the viewer's own, since it is also opened without a document.
    widget.toolbar.hide();
    return widget;
  }
}
