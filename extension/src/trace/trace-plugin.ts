/** Opens traces: files `*.mmaptrace.json`, and those that outputs carry. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IThemeManager, MainAreaWidget } from "@jupyterlab/apputils";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { memoryIcon } from "../icon.js";
import { embeddedText } from "./embedded-text.js";
import { TraceDocumentFactory, traceFileType } from "./trace-document.js";
import { TraceWidget } from "./trace-widget.js";

/** Opens the trace of an output; its arguments are `data`, as the output has it, and `title`. */
export const OPEN_TRACE = "mmaplab:open-trace";

export const traces: JupyterFrontEndPlugin<void> = {
  id: "mmaplab-jupyterlab:traces",
  description: "Shows recorded memory traces step by step.",
  autoStart: true,
  optional: [IThemeManager, ITranslator],
  activate: (app: JupyterFrontEnd, themes: IThemeManager | null, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load("mmaplab");
    const options = { trans, themeChanged: themes?.themeChanged };
    const label = trans.__("Memory trace");
    app.docRegistry.addFileType({ ...traceFileType, displayName: label, icon: memoryIcon });
    app.docRegistry.addWidgetFactory(
      new TraceDocumentFactory(label, options, (path) => void app.commands.execute("docmanager:open", { path, factory: "Editor" })),
    );
    app.commands.addCommand(OPEN_TRACE, {
      label: trans.__("Open as Trace"),
      caption: trans.__("Step through what a cell did to memory"),
      // Only an output has one to open.
      isVisible: () => false,
      execute: (args) => {
        const { data, title } = args;
        if (typeof data !== "string") throw new TypeError(`${OPEN_TRACE}: the argument data must be the trace of an output.`);
        const content = new TraceWidget(options);
        void content.showTrace(embeddedText(data));
        const widget = new MainAreaWidget({ content });
        widget.id = `mmaplab-trace-${String(Date.now())}`;
        widget.title.label = typeof title === "string" && title !== "" ? title : label;
        widget.title.icon = memoryIcon;
        widget.title.closable = true;
        widget.toolbar.hide();
        app.shell.add(widget, "main", { mode: "split-right" });
        // Where the main area holds one document only, as in Notebook 7.
        if (!widget.isAttached) app.shell.add(widget, "right");
        app.shell.activateById(widget.id);
      },
      describedBy: {
        args: {
          type: "object",
          properties: { data: { type: "string" }, title: { type: "string" } },
          required: ["data"],
        },
      },
    });
  },
};
