/** Provides the user's settings to the other plugins of this extension. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { Token } from "@lumino/coreutils";
import { PREFERENCES_ID, Preferences } from "./preferences.js";

export const IPreferences = new Token<Preferences>("mmaplab-jupyterlab:IPreferences", "The settings of mmaplab.");

export const preferences: JupyterFrontEndPlugin<Preferences> = {
  id: PREFERENCES_ID,
  description: "The settings of mmaplab, and its menu.",
  autoStart: true,
  provides: IPreferences,
  optional: [ISettingRegistry],
  activate: (app: JupyterFrontEnd, registry: ISettingRegistry | null) => {
    const values = new Preferences();
    // When the page is there: nothing that is seen at first depends on them.
    void app.restored.then(async () => {
      try {
        if (registry !== null) values.follow(await registry.load(PREFERENCES_ID));
      } catch (error) {
        console.warn("mmaplab: the settings could not be read; the usual ones hold", error);
      } finally {
        values.settle();
      }
    });
    return values;
  },
};
