/** What the user has set for this extension, checked, with what holds where nothing is set. */
import type { ISettingRegistry } from "@jupyterlab/settingregistry";
import { PromiseDelegate } from "@lumino/coreutils";
import { Signal, type ISignal } from "@lumino/signaling";

/** The plugin whose schema (schema/preferences.json) describes the settings. */
export const PREFERENCES_ID = "mmaplab-jupyterlab:preferences";

export interface PreferenceValues {
  /** Milliseconds between two messages to the panel while a cell runs. */
  readonly panelInterval: number;
  /** Whether the panel opens with the first notebook that has an mmaplab kernel. */
  readonly openPanel: boolean;
}

const USUAL: PreferenceValues = { panelInterval: 100, openPanel: false };

/** The settings as they are now. */
export class Preferences {
  #values = USUAL;
  readonly #changed = new Signal<this, PreferenceValues>(this);
  readonly #ready = new PromiseDelegate<void>();

  /** Settled when the settings have been read, or cannot be. Never rejects. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Says that the settings have been read, as far as they can be. */
  settle(): void {
    this.#ready.resolve();
  }

  get values(): PreferenceValues {
    return this.#values;
  }

  /** Emitted with the new values. */
  get changed(): ISignal<this, PreferenceValues> {
    return this.#changed;
  }

  /** Takes what the registry holds, now and after each change. */
  follow(settings: ISettingRegistry.ISettings): void {
    settings.changed.connect(() => this.#take(settings.composite));
    this.#take(settings.composite);
  }

  #take(raw: Readonly<Record<string, unknown>>): void {
    const { panelInterval, openPanel } = raw;
    this.#values = {
      panelInterval: typeof panelInterval === "number" ? panelInterval : USUAL.panelInterval,
      openPanel: openPanel === true,
    };
    this.#changed.emit(this.#values);
  }
}
