/** The buttons of a figure: steps, its data as a table, pictures to keep. */
import type { Phrases } from "./phrases.js";

/** What the buttons do. */
export interface FigureActions {
  readonly toggleData: () => boolean;
  readonly save: (format: "png" | "svg") => void;
  readonly reset: () => void;
  /** Shows another moment of the figure. */
  readonly step: (step: number) => void;
}

export class FigureBar {
  readonly node = document.createElement("div");
  readonly #steps = document.createElement("span");
  readonly #label = document.createElement("span");
  readonly #back: HTMLButtonElement;
  readonly #forward: HTMLButtonElement;
  #names: readonly string[] = [];
  #at = 0;

  constructor(
    private readonly trans: Phrases,
    private readonly actions: FigureActions,
  ) {
    this.node.className = "mmaplab-bar";
    this.node.setAttribute("role", "toolbar");
    this.node.setAttribute("aria-label", trans.__("Figure"));
    this.#back = this.#button("◀", trans.__("Previous step"), () => this.#go(-1));
    this.#forward = this.#button("▶", trans.__("Next step"), () => this.#go(1));
    this.#label.className = "mmaplab-step";
    this.#label.setAttribute("role", "status");
    this.#steps.append(this.#back, this.#label, this.#forward);
    this.#steps.hidden = true;
    const data = this.#button(trans.__("Data"), trans.__("Show the data as a table"), () =>
      data.setAttribute("aria-expanded", String(actions.toggleData())),
    );
    data.setAttribute("aria-expanded", "false");
    this.node.append(
      this.#steps,
      this.#button(trans.__("Whole"), trans.__("Show the whole figure (Home)"), actions.reset),
      data,
      this.#button("PNG", trans.__("Save as PNG"), () => actions.save("png")),
      this.#button("SVG", trans.__("Save as SVG"), () => actions.save("svg")),
    );
  }

  /** Offers the moments of a figure; none for a figure without. */
  setSteps(names: readonly string[], at: number): void {
    this.#names = names;
    this.#at = at;
    this.#steps.hidden = names.length < 2;
    this.#back.disabled = at <= 0;
    this.#forward.disabled = at >= names.length - 1;
    const name = names[at] ?? "";
    this.#label.textContent = names.length < 2 ? "" : this.trans.__("step %1 of %2: %3", at + 1, names.length, name);
  }

  #go(by: 1 | -1): void {
    const to = this.#at + by;
    if (to < 0 || to >= this.#names.length) return;
    this.actions.step(to);
  }

  #button(text: string, description: string, action: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.title = description;
    button.setAttribute("aria-label", description);
    button.addEventListener("click", action);
    return button;
  }
}
