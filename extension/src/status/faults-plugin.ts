/** The faults of the last cell of the current notebook, in the status bar. Nothing is shown where no cell has observed any. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IStatusBar } from "@jupyterlab/statusbar";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { Signal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import { startsCell, viewsIn } from "../open-notebooks/kernel-outputs.js";
import { IOpenNotebooks } from "../open-notebooks/notebooks-plugin.js";
import type { OpenNotebook, OpenNotebooks } from "../open-notebooks/open-notebooks.js";
import { addFaults, type FaultSum } from "./fault-sum.js";

const RANK = 100;

export const faultStatus: JupyterFrontEndPlugin<void> = {
  id: "mmaplab-jupyterlab:fault-status",
  description: "Shows in the status bar how many page faults the last cell took.",
  autoStart: true,
  requires: [IOpenNotebooks],
  optional: [IStatusBar, ITranslator],
  activate: (_app: JupyterFrontEnd, notebooks: OpenNotebooks, statusBar: IStatusBar | null, translator: ITranslator | null) => {
    if (statusBar === null) return;
    const trans = (translator ?? nullTranslator).load("mmaplab");
    const sums = new WeakMap<OpenNotebook, FaultSum>();
    const item = new Widget();
    item.addClass("mmaplab-status");
    item.title.caption = trans.__("Page faults that the last cell observed");
    item.node.title = item.title.caption;
    const changed = new Signal<Widget, void>(item);
    let isActive = false;

    const show = (): void => {
      const sum = notebooks.current ? sums.get(notebooks.current) : undefined;
      item.node.textContent = sum === undefined ? "" : trans.__("Faults: %1 minor, %2 major", String(sum.minor), String(sum.major));
      if (isActive === (sum !== undefined)) return;
      isActive = sum !== undefined;
      changed.emit();
    };
    notebooks.added.connect((_, notebook) => {
      notebook.session.iopubMessage.connect((__, message) => {
        const before = sums.get(notebook);
        const after = startsCell(message) ? undefined : addFaults(before, viewsIn(message));
        if (after === before) return;
        if (after === undefined) sums.delete(notebook);
        else sums.set(notebook, after);
        show();
      });
    });
    notebooks.currentChanged.connect(show);
    statusBar.registerStatusItem("mmaplab-jupyterlab:faults", {
      item,
      align: "right",
      rank: RANK,
      isActive: () => isActive,
      activeStateChanged: changed,
    });
  },
};
