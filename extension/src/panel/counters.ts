/** The counters of the process that runs the cells, as the panel shows them. */
import { formatBytes, type ProcessCounters } from "mmaplab/views";
import type { Phrases } from "../phrases.js";

const KIB = 1024;

export class Counters {
  readonly node = document.createElement("dl");
  readonly #values = new Map<string, HTMLElement>();

  constructor(private readonly trans: Phrases) {
    this.node.className = "mmaplab-counters";
    this.node.setAttribute("aria-label", trans.__("Counters of the process that runs the cells"));
    this.#add("minor", trans.__("Minor faults"), trans.__("ru_minflt of the whole process, Node.js included, since it began"));
    this.#add("major", trans.__("Major faults"), trans.__("ru_majflt of the whole process since it began"));
    this.#add("anon", trans.__("Anonymous"), trans.__("RssAnon: resident private memory"));
    this.#add("file", trans.__("File"), trans.__("RssFile: resident pages of files"));
    this.#add("shmem", trans.__("Shared"), trans.__("RssShmem: resident shared memory, memfd and tmpfs pages"));
    this.#add("dirty", trans.__("Dirty"), trans.__("Dirty pages of the process at the end of the last cell (smaps_rollup)"));
  }

  /** Shows other values; null for none. */
  show(counters: ProcessCounters | null): void {
    this.#set("minor", counters && counters.minorFaults.toLocaleString("en"));
    this.#set("major", counters && counters.majorFaults.toLocaleString("en"));
    this.#set("anon", size(counters?.rssAnonKib));
    this.#set("file", size(counters?.rssFileKib));
    this.#set("shmem", size(counters?.rssShmemKib));
    this.#set("dirty", size(counters?.dirtyKib));
  }

  #add(key: string, name: string, meaning: string): void {
    const group = document.createElement("div");
    group.title = meaning;
    const term = document.createElement("dt");
    term.textContent = name;
    const value = document.createElement("dd");
    value.dataset["counter"] = key;
    group.append(term, value);
    this.node.append(group);
    this.#values.set(key, value);
  }

  #set(key: string, text: string | null): void {
    const value = this.#values.get(key);
    const shown = text ?? this.trans.__("n/a");
    if (value && value.textContent !== shown) value.textContent = shown;
  }
}

function size(kib: number | null | undefined): string | null {
  return kib === null || kib === undefined ? null : formatBytes(kib * KIB);
}
