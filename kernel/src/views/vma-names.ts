/** Short names for VMAs, and finding the VMA a page lies in. */
import { pageOfAddress, spanOf } from "./address.js";
import { printable } from "./printable.js";
import type { VmaView } from "./view.js";

/** What stands behind a VMA, in short: the file's last name, or "anon" or "shared anon". Printable. */
export function objectName(vma: VmaView): string {
  if (vma.object === null) return "anon";
  if (vma.object === "/dev/zero") return "shared anon";
  return printable(vma.object.slice(vma.object.lastIndexOf("/") + 1) || vma.object, 60);
}

/** What people call a VMA: its label, else what stands behind it. Printable. */
export function vmaName(vma: VmaView): string {
  return vma.label === undefined || vma.label === "" ? objectName(vma) : printable(vma.label, 60);
}

/** VMAs by page. */
export class VmaIndex {
  readonly #vmas: readonly VmaView[];
  readonly #starts: readonly number[];
  readonly #pageSize: number;

  /** @param vmas sorted and not overlapping, as a checked view has them */
  constructor(vmas: readonly VmaView[], pageSize: number) {
    this.#vmas = vmas;
    this.#starts = vmas.map((vma) => pageOfAddress(vma.start, pageSize));
    this.#pageSize = pageSize;
  }

  /** The VMA a page lies in, or undefined where nothing is mapped. */
  at(page: number): VmaView | undefined {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? Infinity) <= page) low = middle + 1;
      else high = middle;
    }
    const vma = this.#vmas[low - 1];
    return vma && page < spanOf(vma, this.#pageSize).end ? vma : undefined;
  }
}
