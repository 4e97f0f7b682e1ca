/** Provides the open notebooks to the other plugins of this extension. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Token } from "@lumino/coreutils";
import { OpenNotebooks } from "./open-notebooks.js";

export const IOpenNotebooks = new Token<OpenNotebooks>("mmaplab-jupyterlab:IOpenNotebooks", "The notebooks that are open.");

export const notebooks: JupyterFrontEndPlugin<OpenNotebooks> = {
  id: "mmaplab-jupyterlab:notebooks",
  description: "Knows which notebooks are open and which is the current one.",
  autoStart: true,
  provides: IOpenNotebooks,
  activate: (app: JupyterFrontEnd) => new OpenNotebooks(app),
};
