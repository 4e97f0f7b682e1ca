/** /proc/pid/smaps: the VMAs with what is resident in each, and their VmFlags (proc_pid_smaps(5)). */
import { readFileSync } from "node:fs";
import { parseMapsLine, type MapsEntry } from "./proc-maps.js";

/** One VMA with its figures. */
export interface SmapsEntry extends MapsEntry {
  /** Figures in KiB by name, e.g. `Rss`, `Private_Dirty`, `AnonHugePages`. */
  readonly kib: Readonly<Record<string, number>>;
  /** Two-letter names, e.g. `rd`, `wr`, `mr`; see the kernel's Documentation/filesystems/proc.rst. */
  readonly vmFlags: readonly string[];
}

/** Reads the text of a smaps file. */
export function parseSmaps(text: string): SmapsEntry[] {
  const entries: SmapsEntry[] = [];
  let vma: MapsEntry | undefined;
  let kib: Record<string, number> = {};
  let vmFlags: readonly string[] = [];
  const flush = () => {
    if (vma !== undefined) entries.push({ ...vma, kib, vmFlags });
  };
  for (const line of text.split("\n")) {
    const header = parseMapsLine(line);
    if (header !== undefined) {
      flush();
      [vma, kib, vmFlags] = [header, {}, []];
      continue;
    }
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name === "VmFlags") vmFlags = value.split(/\s+/).filter((flag) => flag !== "");
    else if (value.endsWith(" kB")) kib[name] = Number.parseInt(value, 10);
  }
  flush();
  return entries;
}

/** The VMAs of a process with their figures. Takes the kernel some 1.5 ms for a Node process. */
export function readSmaps(pid: number | "self" = "self"): SmapsEntry[] {
  return parseSmaps(readFileSync(`/proc/${pid}/smaps`, "latin1"));
}

/** The VmFlags of the VMA that holds an address, or undefined where nothing is mapped. */
export function readVmFlags(address: bigint, pid: number | "self" = "self"): readonly string[] | undefined {
  return readSmaps(pid).find((vma) => vma.start <= address && address < vma.end)?.vmFlags;
}
