/** The labs: a card in the launcher with the progress, the page that lists them, and the commands for both. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget } from "@jupyterlab/apputils";
import { ILauncher } from "@jupyterlab/launcher";
import { IStateDB } from "@jupyterlab/statedb";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { memoryIcon } from "../icon.js";
import { viewsIn } from "../open-notebooks/kernel-outputs.js";
import { IOpenNotebooks } from "../open-notebooks/notebooks-plugin.js";
import type { OpenNotebook, OpenNotebooks } from "../open-notebooks/open-notebooks.js";
import { LabsWidget } from "./labs-widget.js";
import { Progress } from "./progress.js";

const OPEN = "mmaplab:open-labs";
const NEW_NOTEBOOK = "mmaplab:new-notebook";
const CLEAR = "mmaplab:clear-progress";
const KERNEL_NAME = "mmaplab";
const NO_ARGUMENTS = { args: { type: "object", properties: {} } };

export const labs: JupyterFrontEndPlugin<void> = {
  id: "mmaplab-jupyterlab:labs",
  description: "Opens the guided labs and keeps the progress in them.",
  autoStart: true,
  requires: [IOpenNotebooks],
  optional: [ITranslator, ICommandPalette, ILauncher, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    notebooks: OpenNotebooks,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    database: IStateDB | null,
  ) => {
    const trans = (translator ?? nullTranslator).load("mmaplab");
    const progress = new Progress(database);
    let page: MainAreaWidget<LabsWidget> | null = null;

    const watch = (notebook: OpenNotebook): void => {
      notebook.session.iopubMessage.connect((_, message) => {
        for (const view of viewsIn(message)) progress.note(notebook.path, view);
      });
    };
    notebooks.added.connect((_, notebook) => watch(notebook));
    progress.changed.connect(() => app.commands.notifyCommandChanged(OPEN));

    app.commands.addCommand(OPEN, {
      label: ({ isLauncher }) => {
        const { passed, seen } = progress.total;
        if (isLauncher !== true || seen === 0) return trans.__("Memory Mapping Labs");
        return trans.__("Memory Mapping Labs (%1 of %2 checks)", String(passed), String(seen));
      },
      caption: trans.__("List the guided labs, with your progress"),
      icon: ({ isPalette }) => (isPalette === true ? undefined : memoryIcon),
      execute: () => {
        if (page === null || page.isDisposed) {
          const content = new LabsWidget({
            contents: app.serviceManager.contents,
            progress,
            trans,
            open: (path) => void app.commands.execute("docmanager:open", { path }),
          });
          page = new MainAreaWidget({ content });
          page.id = "mmaplab-labs";
          page.title.label = trans.__("Memory Mapping Labs");
          page.title.icon = memoryIcon;
          page.title.closable = true;
        }
        if (!page.isAttached) app.shell.add(page, "main");
        app.shell.activateById(page.id);
      },
      describedBy: NO_ARGUMENTS,
    });
    app.commands.addCommand(NEW_NOTEBOOK, {
      label: trans.__("New Notebook for Memory Mapping"),
      caption: trans.__("A new notebook with the kernel TypeScript (mmaplab)"),
      execute: () => app.commands.execute("notebook:create-new", { kernelName: KERNEL_NAME }),
      describedBy: NO_ARGUMENTS,
    });
    app.commands.addCommand(CLEAR, {
      label: trans.__("Forget the Progress in the Labs"),
      isEnabled: () => progress.total.seen > 0,
      execute: () => progress.clear(),
      describedBy: NO_ARGUMENTS,
    });
    for (const command of [OPEN, NEW_NOTEBOOK, CLEAR]) {
      palette?.addItem({ command, category: trans.__("Memory"), args: { isPalette: true } });
    }
    launcher?.add({ command: OPEN, category: trans.__("Memory"), args: { isLauncher: true }, rank: 0 });
  },
};
