/** The list of mappings: one row a VMA with its pages, and one for what lies between. */
import type { ForeignRange, Model, ProcessId, TraceLabel } from "mmaplab/model";
import { formatBytes } from "mmaplab/views";
import type { Phrases } from "../phrases.js";
import { hex, rowColour, rowPages, rowWords, spaceRows, type SpaceRow } from "./space-rows.js";
import { VirtualList } from "./virtual-list.js";

const ROW_HEIGHT = 42;

/** The parts of a row, made once for each element. */
interface Parts {
  readonly name: HTMLElement;
  readonly size: HTMLElement;
  readonly place: HTMLElement;
  readonly pages: HTMLElement;
}

export class SpaceList {
  readonly #list: VirtualList<SpaceRow>;
  readonly #parts = new WeakMap<HTMLElement, Parts>();
  #model: Model | null = null;
  #process: ProcessId = 0;

  constructor(private readonly trans: Phrases) {
    this.#list = new VirtualList({ label: trans.__("Mappings"), rowHeight: ROW_HEIGHT, draw: (element, row) => this.#draw(element, row) });
    this.#list.node.classList.add("mmaplab-space");
  }

  get node(): HTMLElement {
    return this.#list.node;
  }

  /**
   * Shows the mappings of a process of a model.
   * @returns how many of them are the lab's
   */
  show(model: Model, process: ProcessId, foreign: readonly ForeignRange[], labels: readonly TraceLabel[]): number {
    this.#model = model;
    this.#process = process;
    const rows = spaceRows(model, process, foreign, labels);
    this.#list.show(rows);
    return rows.filter(({ kind }) => kind === "vma").length;
  }

  /** Shows nothing, and holds nothing. */
  clear(): void {
    this.#model = null;
    this.#list.show([]);
  }

  resize(): void {
    this.#list.resize();
  }

  #draw(element: HTMLElement, row: SpaceRow): void {
    if (this.#model === null) return;
    const parts = this.#parts.get(element) ?? this.#build(element);
    const pages = row.kind === "vma" ? rowPages(this.#model, this.#process, row) : null;
    const words = rowWords(row, pages, this.trans);
    if (element.title !== words) {
      element.title = words;
      element.setAttribute("aria-label", words);
    }
    element.classList.toggle("mmaplab-foreign", row.kind === "foreign");
    element.style.setProperty("--mmaplab-kind", rowColour(row));
    const size = formatBytes(Number(row.end - row.start));
    if (row.kind === "foreign") {
      put(parts.name, this.trans._n("%1 other mapping", "%1 other mappings", row.mappings));
      put(parts.size, "");
    } else {
      put(parts.name, `${row.perms}  ${row.name}`);
      put(parts.size, size);
    }
    // The end follows from the size; the whole range is in the hint.
    put(parts.place, row.kind === "foreign" ? `${hex(row.start)}–${hex(row.end)}` : hex(row.start));
    parts.pages.hidden = pages === null;
    if (pages !== null && parts.pages.style.backgroundImage !== pages.background) parts.pages.style.backgroundImage = pages.background;
  }

  #build(element: HTMLElement): Parts {
    const [name, size, place, pages] = ["name", "size", "place", "pages"].map((part) => {
      const node = document.createElement("span");
      node.className = `mmaplab-space-${part}`;
      return node;
    }) as [HTMLElement, HTMLElement, HTMLElement, HTMLElement];
    element.replaceChildren(name, size, place, pages);
    const parts = { name, size, place, pages };
    this.#parts.set(element, parts);
    return parts;
  }
}

function put(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
