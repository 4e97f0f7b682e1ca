/** The place of the panel in the side bar. What it shows is loaded when it is first seen. */
import { Widget } from "@lumino/widgets";
import { noticeElements } from "../notice.js";
import type { OpenNotebooks } from "../open-notebooks/open-notebooks.js";
import type { Phrases } from "../phrases.js";
import type { Preferences } from "../settings/preferences.js";
import type { AddressSpacePanel } from "./panel.js";

export class PanelWidget extends Widget {
  #panel: AddressSpacePanel | null = null;
  #isLoading = false;

  constructor(
    private readonly notebooks: OpenNotebooks,
    private readonly preferences: Preferences,
    private readonly trans: Phrases,
  ) {
    super();
    this.addClass("mmaplab-panel");
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", trans.__("Address space"));
    notebooks.currentChanged.connect(this.#onCurrentChanged, this);
  }

  /** Forgets the operations that are listed for the current notebook. */
  clearHistory(): void {
    this.#panel?.clearHistory();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#panel?.dispose();
    this.#panel = null;
    super.dispose();
  }

  protected override onAfterShow(): void {
    if (this.#panel) this.#panel.shown = true;
    else void this.#load();
  }

  protected override onAfterHide(): void {
    if (this.#panel) this.#panel.shown = false;
  }

  protected override onAfterAttach(): void {
    if (this.isVisible) this.onAfterShow();
  }

  protected override onResize(): void {
    this.#panel?.resize();
  }

  /** Never rejects: where it cannot be loaded, the panel says so, and the next showing tries again. */
  async #load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      const { AddressSpacePanel } = await import("./panel.js");
      if (this.isDisposed) return;
      this.#panel = new AddressSpacePanel(this.node, this.trans, () => this.preferences.values.panelInterval);
      this.#panel.follow(this.notebooks.current?.session ?? null);
      this.#panel.shown = this.isVisible;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.node.replaceChildren(...noticeElements(this.trans.__("The panel could not be loaded: %1", reason), null));
      console.error("mmaplab: the address space panel could not be loaded", error);
    } finally {
      this.#isLoading = false;
    }
  }

  #onCurrentChanged(): void {
    this.#panel?.follow(this.notebooks.current?.session ?? null);
  }
}
