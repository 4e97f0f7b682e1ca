/** The address that a step is about, for what shows one address only: the page table, and the search of the index. */
import type { Result, TraceStep } from "mmaplab/model";

/** One past the last address whose page table can be walked. */
const WALKABLE_END = 1n << 47n;

/**
 * The address of the last fault or signal, where one came; else the address that was mapped, or that the operation names.
 * @returns null for an operation without an address, or with one that no process can have
 */
export function addressOf({ operation, result }: TraceStep, answered: Result | null): bigint | null {
  const said = result ?? answered;
  const faulted = answered?.faults.at(-1)?.address ?? result?.faults.at(-1)?.address;
  const named = said?.outcome.kind === "signal" ? said.outcome.address : (faulted ?? placed(operation.op, said) ?? given(operation));
  return named !== null && named > 0n && named < WALKABLE_END ? named : null;
}

function placed(op: string, said: Result | null): bigint | undefined {
  return (op === "mmap" || op === "mremap") && said?.outcome.kind === "value" ? said.outcome.value : undefined;
}

function given(operation: TraceStep["operation"]): bigint | null {
  return "at" in operation ? operation.at : null;
}
