/** /proc/pid/smaps: the VMAs with what is resident in each, and their VmFlags (proc_pid_smaps(5)). */
import { readProc, type Pid } from "./proc-file.js";
import { parseMapsLine, type MapsEntry } from "./proc-maps.js";

/** One VMA with its figures. */
export interface SmapsEntry extends MapsEntry {
  /** Figures in KiB by name, e.g. `Rss`, `Private_Dirty`, `AnonHugePages`. */
  readonly kib: Readonly<Record<string, number>>;
  /** Two-letter names, e.g. `rd`, `wr`, `mr`; see the kernel's Documentation/filesystems/proc.rst. */
  readonly vmFlags: readonly string[];
}

/** A line `Name:   12 kB`, or undefined for another. */
function figure(line: string): { readonly name: string; readonly text: string; readonly kib: number | undefined } | undefined {
  const colon = line.indexOf(":");
  if (colon < 0) return undefined;
  const text = line.slice(colon + 1).trim();
  const kib = /^(\d+) kB$/.exec(text)?.[1];
  return { name: line.slice(0, colon), text, kib: kib === undefined ? undefined : Number(kib) };
}

/** Reads the text of a smaps file. Lines that are neither VMA nor figure are passed over: each kernel adds some. */
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
    const field = figure(line);
    if (field === undefined) continue;
    if (field.name === "VmFlags") vmFlags = field.text.split(/\s+/).filter((flag) => flag !== "");
    else if (field.kib !== undefined) kib[field.name] = field.kib;
  }
  flush();
  return entries;
}

/** The VMAs of a process with their figures. Takes the kernel some 1.5 ms for a Node process. */
export function readSmaps(pid: Pid = "self"): SmapsEntry[] {
  return parseSmaps(readProc(pid, "smaps"));
}

/**
 * Reads the text of a smaps_rollup file: the sums over all VMAs.
 * @returns figures in KiB by name, e.g. `Rss`, `Pss`, `Pss_Anon`, `SwapPss`
 * @throws SyntaxError where the first line is not that of such a file
 */
export function parseSmapsRollup(text: string): Readonly<Record<string, number>> {
  const [head = "", ...lines] = text.split("\n");
  if (parseMapsLine(head)?.path !== "[rollup]") throw new SyntaxError(`not the start of /proc/pid/smaps_rollup: ${JSON.stringify(head)}`);
  const kib: Record<string, number> = {};
  for (const line of lines) {
    const field = figure(line);
    if (field?.kib !== undefined) kib[field.name] = field.kib;
  }
  return kib;
}

/**
 * The memory of a process in sums, in KiB by name. Half as dear as {@link readSmaps}.
 * @param pid a process, or this one
 * @throws Errno ENOENT before 4.14 or where the process is gone, EACCES where it is not ours to read
 */
export function readSmapsRollup(pid: Pid = "self"): Readonly<Record<string, number>> {
  return parseSmapsRollup(readProc(pid, "smaps_rollup"));
}

/** The VmFlags of the VMA that holds an address, or undefined where nothing is mapped. */
export function readVmFlags(address: bigint, pid: Pid = "self"): readonly string[] | undefined {
  return readSmaps(pid).find((vma) => vma.start <= address && address < vma.end)?.vmFlags;
}
