/** Tabs over one panel: which figure of a moment is shown. Arrow keys go from tab to tab, as in any tab list. */

/** One tab. */
export interface Tab<Key extends string> {
  readonly key: Key;
  readonly label: string;
}

let count = 0;

export class FigureTabs<Key extends string> {
  readonly node = document.createElement("div");
  /** Where the figure goes. */
  readonly panel = document.createElement("div");
  readonly #buttons: readonly HTMLButtonElement[];
  #selected = 0;

  /**
   * @param label of the whole
   * @param tabs at least one; the first is selected
   * @param onSelect hears of a tab that was chosen
   */
  constructor(
    label: string,
    private readonly tabs: readonly Tab<Key>[],
    private readonly onSelect: (key: Key) => void,
  ) {
    count += 1;
    const id = `mmaplab-trace-${String(count)}`;
    const list = document.createElement("div");
    list.className = "mmaplab-tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", label);
    this.panel.id = `${id}-panel`;
    this.panel.className = "mmaplab-tab-panel";
    this.panel.setAttribute("role", "tabpanel");
    this.#buttons = tabs.map(({ key, label: text }, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.id = `${id}-${key}`;
      button.textContent = text;
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", this.panel.id);
      button.addEventListener("click", () => this.#select(index));
      return button;
    });
    list.append(...this.#buttons);
    list.addEventListener("keydown", (event) => this.#onKey(event));
    this.node.append(list, this.panel);
    this.#mark();
  }

  #onKey(event: KeyboardEvent): void {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.#select((this.#selected + by + this.tabs.length) % this.tabs.length);
    this.#buttons[this.#selected]?.focus();
  }

  #select(index: number): void {
    const tab = this.tabs[index];
    if (tab === undefined || index === this.#selected) return;
    this.#selected = index;
    this.#mark();
    this.onSelect(tab.key);
  }

  #mark(): void {
    this.#buttons.forEach((button, index) => {
      const selected = index === this.#selected;
      button.setAttribute("aria-selected", String(selected));
      button.tabIndex = selected ? 0 : -1;
    });
    const chosen = this.#buttons[this.#selected];
    if (chosen) this.panel.setAttribute("aria-labelledby", chosen.id);
  }
}
