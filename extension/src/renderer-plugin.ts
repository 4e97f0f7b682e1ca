/** Tells JupyterLab who draws the outputs of the mmaplab kernel. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IThemeManager } from "@jupyterlab/apputils";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { VIEW_MIME_TYPE } from "mmaplab/views";
import { OPEN_TRACE } from "./trace/trace-plugin.js";
import { ViewRenderer } from "./view-renderer.js";

export const renderer: JupyterFrontEndPlugin<void> = {
  id: "mmaplab-jupyterlab:renderer",
  description: "Draws memory mappings, page faults and latencies in outputs of the mmaplab kernel.",
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [IThemeManager, ITranslator],
  activate: (app: JupyterFrontEnd, registry: IRenderMimeRegistry, themes: IThemeManager | null, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load("mmaplab");
    registry.addFactory(
      {
        // Outputs are drawn from plain data by this code alone, so they need no trust.
        safe: true,
        mimeTypes: [VIEW_MIME_TYPE],
        createRenderer: () =>
          new ViewRenderer({
            mimeType: VIEW_MIME_TYPE,
            trans,
            themeChanged: themes?.themeChanged,
            openTrace: (data, title) => void app.commands.execute(OPEN_TRACE, { data, title }),
          }),
      },
      0,
    );
  },
};
