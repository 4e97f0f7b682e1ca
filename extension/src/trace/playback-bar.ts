/** The buttons, the slider and the line that tells the step: what a trace is moved through with. */
import type { Phrases } from "../phrases.js";

/** Where to go. */
export type Move = "first" | "back" | "forward" | "last" | "next-fault" | "next-difference";

export interface PlaybackActions {
  readonly go: (move: Move) => void;
  readonly seek: (position: number) => void;
  readonly togglePlay: () => void;
}

/** What the bar tells. */
export interface PlaybackState {
  readonly position: number;
  readonly length: number;
  /** The step in words. */
  readonly text: string;
  readonly playing: boolean;
  /** Whether there is a next one of each. */
  readonly hasFault: boolean;
  readonly hasDifference: boolean;
}

export class PlaybackBar {
  readonly node = document.createElement("div");
  readonly #slider = document.createElement("input");
  readonly #status = document.createElement("div");
  readonly #play: HTMLButtonElement;
  readonly #buttons: Readonly<Record<Move, HTMLButtonElement>>;

  constructor(
    private readonly trans: Phrases,
    actions: PlaybackActions,
  ) {
    const toolbar = document.createElement("div");
    toolbar.className = "mmaplab-bar mmaplab-trace-buttons";
    toolbar.setAttribute("role", "toolbar");
    toolbar.setAttribute("aria-label", trans.__("Playback"));
    const move = (sign: string, words: string, where: Move): HTMLButtonElement => button(sign, words, () => actions.go(where));
    this.#buttons = {
      first: move("⏮", trans.__("First step (Home)"), "first"),
      back: move("◀", trans.__("Step back (Left)"), "back"),
      forward: move("▶", trans.__("Step forward (Right)"), "forward"),
      last: move("⏭", trans.__("Last step (End)"), "last"),
      "next-fault": move(trans.__("Next fault"), trans.__("Go to the next step with a page fault (F)"), "next-fault"),
      "next-difference": move(
        trans.__("Next difference"),
        trans.__("Go to the next step in which model and kernel differ (D)"),
        "next-difference",
      ),
    };
    this.#play = button(trans.__("Play"), trans.__("Play (Space)"), actions.togglePlay);
    const { first, back, forward, last } = this.#buttons;
    toolbar.append(first, back, this.#play, forward, last, this.#buttons["next-fault"], this.#buttons["next-difference"]);
    this.#slider.type = "range";
    this.#slider.className = "mmaplab-trace-slider";
    this.#slider.min = "0";
    this.#slider.step = "1";
    this.#slider.setAttribute("aria-label", trans.__("Step"));
    this.#slider.addEventListener("input", () => actions.seek(Number(this.#slider.value)));
    this.#status.className = "mmaplab-trace-step";
    this.#status.setAttribute("role", "status");
    this.node.append(toolbar, this.#slider, this.#status);
  }

  /** Shows where the playback is. */
  show({ position, length, text, playing, hasFault, hasDifference }: PlaybackState): void {
    const { trans } = this;
    const words = trans.__("Step %1 of %2: %3", position, length, text);
    this.#slider.max = String(length);
    this.#slider.value = String(position);
    this.#slider.setAttribute("aria-valuetext", words);
    this.#status.textContent = words;
    this.#play.textContent = playing ? trans.__("Pause") : trans.__("Play");
    const label = playing ? trans.__("Pause (Space)") : trans.__("Play (Space)");
    this.#play.setAttribute("aria-label", label);
    this.#play.title = label;
    this.#play.disabled = length === 0;
    // A disabled button would lose the focus, and with it the keys.
    const enable = (move: Move, is: boolean): void => this.#buttons[move].setAttribute("aria-disabled", String(!is));
    enable("first", position > 0);
    enable("back", position > 0);
    enable("forward", position < length);
    enable("last", position < length);
    enable("next-fault", hasFault);
    enable("next-difference", hasDifference);
  }
}

function button(text: string, description: string, action: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.title = description;
  made.setAttribute("aria-label", description);
  made.addEventListener("click", () => {
    if (made.getAttribute("aria-disabled") !== "true") action();
  });
  return made;
}
