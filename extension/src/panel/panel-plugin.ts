/** The address space panel in the right side bar, and the command that shows and hides it. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { memoryIcon } from "../icon.js";
import { IOpenNotebooks } from "../open-notebooks/notebooks-plugin.js";
import type { OpenNotebook, OpenNotebooks } from "../open-notebooks/open-notebooks.js";
import type { Preferences } from "../settings/preferences.js";
import { IPreferences } from "../settings/preferences-plugin.js";
import { PanelWidget } from "./panel-widget.js";

const TOGGLE = "mmaplab:toggle-panel";
const CLEAR_HISTORY = "mmaplab:clear-history";
const KERNEL_NAME = "mmaplab";
/** Below the table of contents and the debugger. */
const RANK = 700;

export const addressSpace: JupyterFrontEndPlugin<void> = {
  id: "mmaplab-jupyterlab:address-space",
  description: "Shows the live address space of the current notebook's kernel.",
  autoStart: true,
  requires: [IOpenNotebooks, IPreferences],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    notebooks: OpenNotebooks,
    preferences: Preferences,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
  ) => {
    const trans = (translator ?? nullTranslator).load("mmaplab");
    const panel = new PanelWidget(notebooks, preferences, trans);
    panel.id = "mmaplab-address-space";
    panel.title.icon = memoryIcon;
    panel.title.caption = trans.__("Address space");
    app.shell.add(panel, "right", { rank: RANK, type: "Address space" });
    restorer?.add(panel, panel.id);

    const { shell } = app;
    const show = (): void => shell.activateById(panel.id);
    app.commands.addCommand(TOGGLE, {
      label: trans.__("Address Space Panel"),
      caption: trans.__("Show or hide the memory of the current notebook's kernel"),
      isToggled: () => panel.isVisible,
      execute: () => {
        if (!panel.isVisible) show();
        else if (hasSideBar(shell)) shell.collapseRight();
      },
      describedBy: { args: { type: "object", properties: {} } },
    });
    app.commands.addCommand(CLEAR_HISTORY, {
      label: trans.__("Clear the Panel's List of Operations"),
      isEnabled: () => panel.isVisible,
      execute: () => panel.clearHistory(),
      describedBy: { args: { type: "object", properties: {} } },
    });
    for (const command of [TOGGLE, CLEAR_HISTORY]) palette?.addItem({ command, category: trans.__("Memory") });

    const openWith = ({ session }: OpenNotebook): void => {
      void Promise.all([session.ready, preferences.ready]).then(() => {
        if (preferences.values.openPanel && session.session?.kernel?.name === KERNEL_NAME && !panel.isVisible) show();
      });
    };
    notebooks.added.connect((_, notebook) => openWith(notebook));
  },
};

/** JupyterLab's shell and that of Jupyter Notebook share no type that says they have a right side bar. */
function hasSideBar(shell: object): shell is { collapseRight(): void } {
  return "collapseRight" in shell && typeof shell.collapseRight === "function";
}
