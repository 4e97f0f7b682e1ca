/** The processes of a kernel and the memory they take. */
import { readdirSync, readFileSync } from "node:fs";

/**
 * @param {number} root
 * @returns {number[]} the process and all that it and those have started
 */
function family(root) {
  /** @type {Map<number, number>} */
  const parents = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readOrNull(`/proc/${name}/stat`);
    // The name in parentheses may hold anything, so the fields are counted from the last one.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields) parents.set(Number(name), Number(fields[1]));
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

/**
 * The memory of a process and its descendants, shared pages counted in parts (`Pss` of proc_pid_smaps(5)).
 * @param {number} root
 * @returns {number} MB
 */
export function proportionalSetSize(root) {
  let kib = 0;
  for (const pid of family(root)) {
    const rollup = readOrNull(`/proc/${pid}/smaps_rollup`);
    kib += Number(/^Pss:\s+(\d+) kB/m.exec(rollup ?? "")?.[1] ?? 0);
  }
  return (kib * 1024) / 1e6;
}

/** @param {string} path of a process that may have ended meanwhile */
function readOrNull(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
