/**
 * The levels of a page table above the leaves, as far as they can be told apart: which tables exist. A table is made with the
 * first leaf in its range, and freed when the last mapping of its range goes, like a leaf table (`free_pgd_range`).
 *
 *     PMD table     1 GiB      512 leaf tables
 *     PUD table     512 GiB    512 PMD tables
 *     P4D table     256 TiB    512 PUD tables; five levels only
 *
 * The top table, the PGD, is always there. Tables are numbered in the order they were made; the PGD is number 0.
 */
import { PAGES_PER_TABLE } from "./address.js";

/** Pages in the range of a PMD, PUD and P4D table. */
const SPANS = [PAGES_PER_TABLE ** 2, PAGES_PER_TABLE ** 3, PAGES_PER_TABLE ** 4] as const;

/** Which tables of a page table exist above the leaves. */
export class UpperTables {
  /** For PMD, PUD and P4D: table numbers by which range of its size the table is for. */
  private readonly levels: readonly Map<number, number>[] = SPANS.map(() => new Map<number, number>());
  private made = 0;

  nextNumber(): number {
    return ++this.made;
  }

  /** Makes what is missing above the leaf table of a page, from the top down. */
  make(page: number): void {
    for (let level = SPANS.length - 1; level >= 0; level--) {
      const index = this.indexOf(level, page);
      const tables = this.levels[level];
      if (tables?.has(index) === false) tables.set(index, this.nextNumber());
    }
  }

  /** The number of the table of a level above the leaves (1 for PMD tables) for a page; null where there is none. */
  tableAt(level: number, page: number): number | null {
    return this.levels[level - 1]?.get(this.indexOf(level - 1, page)) ?? null;
  }

  /** Drops the tables of [start, end) whose range lies wholly between two mappings, or what is next to the range. */
  free(start: number, end: number, floor: number, ceiling: number): void {
    this.levels.forEach((tables, level) => {
      const span = SPANS[level] ?? 1;
      const first = Math.max(Math.floor(start / span), Math.ceil(floor / span));
      const last = Math.min(Math.floor((end - 1) / span), Math.floor(ceiling / span) - 1);
      if (first > last) return;
      for (const index of [...tables.keys()]) if (index >= first && index <= last) tables.delete(index);
    });
  }

  clone(): UpperTables {
    const copy = new UpperTables();
    copy.made = this.made;
    this.levels.forEach((tables, level) => {
      for (const [index, number] of tables) copy.levels[level]?.set(index, number);
    });
    return copy;
  }

  private indexOf(level: number, page: number): number {
    return Math.floor(page / (SPANS[level] ?? 1));
  }
}
