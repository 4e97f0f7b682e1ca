/**
 * A trace on the page: what it is moved through with, and the figures of the moment. It needs an element and nothing of
 * JupyterLab, no kernel, and no network. Loaded when the first trace is opened.
 */
import { decodeTrace, type Trace } from "mmaplab/model";
import { printable, type FigureView } from "mmaplab/views";
import { comparisonTable } from "../comparison-table.js";
import { FigurePanel } from "../figure-panel.js";
import type { Phrases } from "../phrases.js";
import { comparisonOf, momentView, stepText, type MomentFigure } from "../player/moment-views.js";
import type { Moment } from "../player/moment.js";
import { Player } from "../player/player.js";
import { rowsTable } from "../rows-table.js";
import { FigureTabs } from "./figure-tabs.js";
import { PlaybackBar, type Move } from "./playback-bar.js";
import { releaseChoice } from "./release-choice.js";

/** Between two steps while it plays. */
const PLAY_EVERY_MS = 800;

export class TraceViewer {
  readonly node = document.createElement("div");
  readonly #trace: Trace;
  readonly #bar: PlaybackBar;
  readonly #tabs: FigureTabs<MomentFigure>;
  readonly #note = document.createElement("p");
  readonly #why = document.createElement("div");
  readonly #compared = document.createElement("div");
  readonly #absent = document.createElement("p");
  #figure: MomentFigure = "mappings";
  #panel: FigurePanel;
  #player: Player;
  #position: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #nexts: { readonly fault: number | null; readonly difference: number | null } | null = null;

  /**
   * @param text a trace document
   * @throws Error that says what is wrong with it
   */
  constructor(
    text: string,
    private readonly trans: Phrases,
  ) {
    const trace = decodeTrace(text);
    this.#trace = trace;
    this.#player = new Player(trace);
    this.#position = trace.prologue;
    this.node.className = "mmaplab-trace";
    this.node.tabIndex = -1;
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", trans.__("Trace: %1", printable(trace.title)));
    this.#bar = new PlaybackBar(trans, {
      go: (move) => this.#go(move),
      seek: (position) => this.#seek(position),
      togglePlay: () => this.#togglePlay(),
    });
    this.#tabs = new FigureTabs<MomentFigure>(
      trans.__("Figures"),
      [
        { key: "mappings", label: trans.__("Mappings") },
        { key: "index", label: trans.__("Index") },
        { key: "pageTable", label: trans.__("Page table") },
        { key: "pageCache", label: trans.__("Page cache") },
      ],
      (figure) => this.#showFigure(figure),
    );
    this.#absent.className = "mmaplab-notice";
    this.#absent.setAttribute("role", "note");
    this.#panel = this.#newPanel();
    this.#note.className = "mmaplab-note";
    const details = document.createElement("div");
    details.className = "mmaplab-trace-details";
    details.append(this.#compared, this.#why);
    const body = document.createElement("div");
    body.className = "mmaplab-trace-body";
    body.append(this.#tabs.node, details);
    this.node.append(this.#heading(), this.#bar.node, this.#note, body);
    this.node.addEventListener("keydown", (event) => this.#onKey(event));
    this.#show();
  }

  /** Draws again in the present theme. */
  redraw(): void {
    void this.#panel.redraw();
  }

  /** Puts the keys to the viewer. */
  focus(): void {
    this.node.focus();
  }

  dispose(): void {
    this.#pause();
    this.#panel.dispose();
    this.node.remove();
  }

  #heading(): HTMLElement {
    const { trans } = this;
    const { title, release, steps, prologue, foreign, leftOut } = this.#trace;
    const heading = document.createElement("div");
    heading.className = "mmaplab-trace-heading";
    const name = document.createElement("h2");
    name.textContent = printable(title);
    const facts = document.createElement("p");
    const others = foreign.reduce((sum, { mappings }) => sum + mappings, 0);
    facts.textContent = [
      trans._n("%1 call", "%1 calls", steps.length),
      ...(prologue > 0 ? [trans.__("%1 of them before what this trace is about", prologue)] : []),
      ...(others > 0 ? [trans.__("%1 other mappings of the process are not shown", others)] : []),
      ...leftOut.map((sentence) => printable(sentence, 400)),
    ].join(" · ");
    const choice = releaseChoice(release, trans, (chosen) => {
      this.#player = new Player(this.#trace, chosen);
      this.#nexts = null;
      this.#show();
    });
    heading.append(name, choice, facts);
    return heading;
  }

  #onKey(event: KeyboardEvent): void {
    const { target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || !(target instanceof HTMLElement)) return;
    // Sliders, choices and plots have keys of their own.
    if (target.closest("select, .mmaplab-plot, [role=tablist]") !== null) return;
    if (target instanceof HTMLInputElement && !["f", "d"].includes(event.key.toLowerCase())) return;
    if (event.key === " " && target instanceof HTMLButtonElement) return;
    const moves: Readonly<Record<string, () => void>> = {
      Home: () => this.#go("first"),
      End: () => this.#go("last"),
      ArrowLeft: () => this.#go("back"),
      ArrowRight: () => this.#go("forward"),
      f: () => this.#go("next-fault"),
      d: () => this.#go("next-difference"),
      " ": () => this.#togglePlay(),
    };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const move = Object.hasOwn(moves, key) ? moves[key] : undefined;
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }

  #go(move: Move): void {
    const to = this.#target(move);
    if (to !== null) this.#seek(to);
  }

  #target(move: Move): number | null {
    switch (move) {
      case "first":
        return 0;
      case "back":
        return this.#position - 1;
      case "forward":
        return this.#position + 1;
      case "last":
        return this.#player.length;
      case "next-fault":
        return this.#next.fault;
      case "next-difference":
        return this.#next.difference;
    }
  }

  /** The next fault and the next difference, looked for once at each position. */
  get #next(): { readonly fault: number | null; readonly difference: number | null } {
    this.#nexts ??= { fault: this.#player.nextFault(this.#position), difference: this.#player.nextDivergence(this.#position) };
    return this.#nexts;
  }

  /** Somebody chose a position: what plays stops. */
  #seek(position: number): void {
    this.#pause();
    this.#moveTo(position);
  }

  #moveTo(position: number): void {
    const wanted = Math.min(Math.max(0, position), this.#player.length);
    if (wanted === this.#position) {
      this.#showBar();
      return;
    }
    this.#position = wanted;
    this.#nexts = null;
    this.#show();
  }

  #togglePlay(): void {
    if (this.#timer !== undefined) {
      this.#pause();
      this.#showBar();
      return;
    }
    // At the end it begins anew.
    if (this.#position === this.#player.length) this.#moveTo(0);
    this.#timer = setInterval(() => {
      if (!this.node.isConnected || this.#position + 1 >= this.#player.length) this.#pause();
      this.#moveTo(this.#position + 1);
    }, PLAY_EVERY_MS);
    this.#showBar();
  }

  #pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #show(): void {
    const moment = this.#player.at(this.#position);
    this.#showBar();
    const { note } = this.#player;
    this.#note.textContent = note === null ? "" : printable(note, 1000);
    this.#note.hidden = note === null;
    this.#showCompared(moment);
    this.#showWhy(moment);
    this.#showFigure(this.#figure);
  }

  #showBar(): void {
    const { fault, difference } = this.#next;
    const before = this.#position > 0 && this.#position <= this.#trace.prologue ? this.trans.__(" (before what the trace is about)") : "";
    this.#bar.show({
      position: this.#position,
      length: this.#player.length,
      text: stepText(this.#trace, this.#position, this.trans) + before,
      playing: this.#timer !== undefined,
      hasFault: fault !== null,
      hasDifference: difference !== null,
    });
  }

  /** The model's answer beside the recorded one. */
  #showCompared(moment: Moment): void {
    const { trans } = this;
    const heading = document.createElement("h3");
    heading.textContent = trans.__("Kernel and model");
    const rows = comparisonOf(moment, trans);
    if (rows !== null) {
      const table = comparisonTable({ kind: "comparison", title: "", rows }, trans);
      table.setAttribute("aria-label", trans.__("Kernel and model"));
      this.#compared.replaceChildren(heading, table);
      return;
    }
    const words = document.createElement("p");
    words.textContent =
      moment.last === null
        ? trans.__("Nothing has been done yet.")
        : moment.last.answer.failure === null
          ? trans.__("The kernel was not asked: this is what the lab knew of a file or a limit.")
          : trans.__("The model cannot run this step, so there is nothing to compare.");
    this.#compared.replaceChildren(heading, words);
  }

  #showWhy(moment: Moment): void {
    const heading = document.createElement("h3");
    heading.textContent = this.trans.__("Why");
    const view = momentView("explanation", moment, this.#trace, this.trans);
    if (typeof view !== "string" && view.kind === "table") {
      const [table, ...rest] = rowsTable(view);
      table?.setAttribute("aria-label", this.trans.__("Why"));
      this.#why.replaceChildren(heading, ...(table ? [table, ...rest] : rest));
      return;
    }
    const words = document.createElement("p");
    words.textContent = typeof view === "string" ? view : "";
    this.#why.replaceChildren(heading, words);
  }

  #showFigure(figure: MomentFigure): void {
    if (figure !== this.#figure) {
      // Each kind has plots of its own, with a zoom that means nothing to another.
      this.#panel.dispose();
      this.#panel = this.#newPanel();
      this.#figure = figure;
    }
    const view = momentView(figure, this.#player.at(this.#position), this.#trace, this.trans);
    this.#absent.hidden = typeof view !== "string";
    this.#panel.node.hidden = typeof view === "string";
    if (typeof view === "string") this.#absent.textContent = view;
    else this.#draw(view);
  }

  #draw(view: FigureView): void {
    // Shows its own errors.
    void this.#panel.show(view);
  }

  #newPanel(): FigurePanel {
    const panel = new FigurePanel(this.trans);
    this.#tabs.panel.replaceChildren(this.#absent, panel.node);
    return panel;
  }
}
