/**
 * A list of any length of which only the rows in sight are in the document. A listbox: arrow keys, Page Up and Down, Home and
 * End move, Enter and a click choose.
 */

export interface VirtualListOptions<Row> {
  /** What it lists, for screen readers. */
  readonly label: string;
  /** Height of every row in pixels. */
  readonly rowHeight: number;
  /** Fills an element with a row; it may hold an earlier one. */
  readonly draw: (element: HTMLElement, row: Row, index: number) => void;
  /** Called when the reader chooses a row. */
  readonly choose?: (row: Row, index: number) => void;
}

/** Rows drawn beyond each edge of what is in sight. */
const MARGIN = 4;
/** Rows drawn before the list has a height. */
const FIRST_ROWS = 12;
/** Browsers cannot scroll an element of more pixels. */
const MOST_PIXELS = 8_000_000;
let lists = 0;

export class VirtualList<Row> {
  readonly node = document.createElement("div");
  readonly #space = document.createElement("div");
  readonly #options: VirtualListOptions<Row>;
  readonly #idStart: string;
  #rows: readonly Row[] = [];
  /** The elements in the document, by the index of their row. */
  #drawn = new Map<number, HTMLElement>();
  #active = -1;
  #chosen = -1;

  constructor(options: VirtualListOptions<Row>) {
    this.#options = options;
    this.#idStart = `mmaplab-list-${String((lists += 1))}-`;
    this.node.className = "mmaplab-list";
    this.node.setAttribute("role", "listbox");
    this.node.setAttribute("aria-label", options.label);
    this.node.tabIndex = 0;
    this.#space.className = "mmaplab-list-space";
    this.#space.setAttribute("role", "presentation");
    this.node.append(this.#space);
    this.node.addEventListener("scroll", () => this.#draw(false), { passive: true });
    this.node.addEventListener("keydown", (event) => this.#onKey(event));
    this.node.addEventListener("click", (event) => this.#onClick(event));
  }

  /** Shows other rows. @param chosen index of the row that counts as chosen, or -1 */
  show(rows: readonly Row[], chosen = -1): void {
    this.#rows = rows;
    this.#chosen = chosen;
    if (this.#active >= rows.length) this.#active = rows.length - 1;
    const height = `${String(Math.min(rows.length * this.#options.rowHeight, MOST_PIXELS))}px`;
    if (this.#space.style.height !== height) this.#space.style.height = height;
    this.#draw(true);
  }

  /** Scrolls to a row. */
  reveal(index: number): void {
    const { rowHeight } = this.#options;
    const { scrollTop, clientHeight } = this.node;
    const top = index * rowHeight;
    if (top < scrollTop) this.node.scrollTop = top;
    else if (top + rowHeight > scrollTop + clientHeight) this.node.scrollTop = top + rowHeight - clientHeight;
    this.#draw(false);
  }

  /** Draws what came into sight, e.g. after a change of size. */
  resize(): void {
    this.#draw(false);
  }

  /** @param all whether rows that are drawn already have changed as well */
  #draw(all: boolean): void {
    const { rowHeight } = this.#options;
    const height = this.node.clientHeight || FIRST_ROWS * rowHeight;
    const first = Math.max(0, Math.floor(this.node.scrollTop / rowHeight) - MARGIN);
    const end = Math.min(this.#rows.length, Math.ceil((this.node.scrollTop + height) / rowHeight) + MARGIN);
    const spare: HTMLElement[] = [];
    for (const [index, element] of this.#drawn) {
      if (index >= first && index < end) continue;
      this.#drawn.delete(index);
      spare.push(element);
    }
    for (let index = first; index < end; index += 1) {
      const row = this.#rows[index];
      if (row === undefined) continue;
      let element = this.#drawn.get(index);
      if (element === undefined || all) {
        element ??= spare.pop() ?? this.#newRow();
        this.#drawn.set(index, element);
        this.#fill(element, row, index);
      }
    }
    for (const element of spare) element.remove();
    this.#markActive();
  }

  #newRow(): HTMLElement {
    const element = document.createElement("div");
    element.className = "mmaplab-list-row";
    element.setAttribute("role", "option");
    element.style.height = `${String(this.#options.rowHeight)}px`;
    this.#space.append(element);
    return element;
  }

  #fill(element: HTMLElement, row: Row, index: number): void {
    set(element, "id", `${this.#idStart}${String(index)}`);
    set(element, "aria-posinset", String(index + 1));
    set(element, "aria-setsize", String(this.#rows.length));
    set(element, "aria-selected", String(index === this.#chosen));
    element.dataset["index"] = String(index);
    const top = `${String(index * this.#options.rowHeight)}px`;
    if (element.style.top !== top) element.style.top = top;
    this.#options.draw(element, row, index);
  }

  #markActive(): void {
    const active = this.#drawn.get(this.#active);
    for (const element of this.#drawn.values()) element.classList.toggle("mmaplab-active", element === active);
    if (active === undefined) this.node.removeAttribute("aria-activedescendant");
    else this.node.setAttribute("aria-activedescendant", active.id);
  }

  #onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.#options.rowHeight) - 1);
    const moves: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page };
    const last = this.#rows.length - 1;
    const start = this.#active < 0 ? this.#chosen : this.#active;
    const move = moves[event.key];
    let to: number;
    if (move !== undefined) to = start + move;
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = last;
    else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#choose(start);
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
    this.#active = Math.min(Math.max(to, 0), last);
    if (this.#active >= 0) this.reveal(this.#active);
  }

  #onClick(event: MouseEvent): void {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-index]") : null;
    if (element) this.#choose(Number(element.dataset["index"]));
  }

  #choose(index: number): void {
    const row = this.#rows[index];
    if (row === undefined) return;
    this.#active = index;
    this.#markActive();
    this.#options.choose?.(row, index);
  }
}

function set(element: HTMLElement, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
