/** Runs a row: on the live kernel, and on the model where it knows the steps. */
import { MAP, PAGE_SIZE, PROT } from "../../abi/index.js";
import { parseRelease, type FileId, type Model, type Operation, type Reason, type Result } from "../../model/index.js";
import { machineModel } from "../machine.js";
import { KernelStage } from "./kernel-stage.js";
import { missing, MOST_MAPS } from "./needs.js";
import { PAGE } from "./recipes.js";
import type { FillMaps, Step, ZooRow } from "./row.js";
import { expectationText, outcomeText, resultText } from "./words.js";

/** How a row went. */
export interface RowReport {
  readonly row: ZooRow;
  /**
   * `as told`: what the row says came. `differs`: something else came, or the model answers otherwise. `not run`: something
   * the row needs is missing.
   */
  readonly verdict: "as told" | "differs" | "not run";
  /** What the kernel answered, in words; for `not run`, what is missing. */
  readonly came: string;
  /** What the model answered; undefined where it was not asked. */
  readonly model: string | undefined;
  /** Why, in the model's words; empty where it was not asked. */
  readonly reason: Reason;
}

function releaseNumber(text: string): number {
  const { major, minor, stable } = parseRelease(text);
  return (major * 1000 + minor) * 1000 + stable;
}

/**
 * What keeps a row from being run here; undefined where nothing does.
 * @param release of the kernel, as uname -r gives it
 * @param systemChanges whether the user agrees to changes of the whole system
 */
export function hindrance(row: ZooRow, release: string, systemChanges: "allowed" | "forbidden"): string | undefined {
  const here = releaseNumber(release);
  if (row.since !== undefined && here < releaseNumber(row.since)) return `needs Linux ${row.since} or newer (here ${release})`;
  if (row.until !== undefined && here >= releaseNumber(row.until)) return `needs a Linux before ${row.until} (here ${release})`;
  for (const need of row.needs ?? []) {
    const lack = missing(need);
    if (lack !== undefined) return `needs ${lack}`;
  }
  if (row.changesSystem !== undefined && systemChanges === "forbidden")
    return `changes the system (${row.changesSystem}): allow it with --allow-system-changes, or { allowSystemChanges: true } in a cell`;
  return undefined;
}

/**
 * Runs a row that nothing hinders.
 * @throws Error that names the row where one of its preparations fails
 */
export function runRow(row: ZooRow): RowReport {
  const came = onKernel(row);
  const expected = expectationText(row.expect);
  const modelled = row.notModelled === undefined ? onModel(row) : undefined;
  const model = modelled?.text;
  const verdict = came === expected && (model === undefined || model === came) ? "as told" : "differs";
  return { row, verdict, came, model, reason: modelled?.reason ?? [] };
}

function failedPreparation(row: ZooRow, step: Step, result: Result): Error {
  return new Error(
    `${row.call}, "${row.when}": the preparation "${step.op}" ended with ${outcomeText(result.outcome)}, so the row cannot be judged`,
  );
}

/** Whether a step that prepares did what it should: succeed, or fail on purpose. */
function wentAsPlanned(step: Step, { outcome }: Result): boolean {
  return step.op === "fails" ? outcome.kind === "errno" && outcome.code === step.code : outcome.kind === "value";
}

function onKernel(row: ZooRow): string {
  const stage = new KernelStage();
  try {
    let before: string | undefined;
    for (const [number, step] of row.steps.entries()) {
      const result = stage.run(step);
      if (number === row.steps.length - 1) {
        if (step.op !== "look") return resultText(result, row.expect);
        // Of times only the change counts.
        if (step.at === "mtime of") return result.text === before ? "unchanged" : "changed";
        return result.text ?? "nothing seen";
      }
      if (step.op === "look") before = result.text;
      else if (!wentAsPlanned(step, result)) throw failedPreparation(row, step, result);
    }
    throw new Error(`${row.call}, "${row.when}" has no steps`);
  } finally {
    stage.close();
  }
}

/** Asks the model; undefined where a step is none it knows. */
function onModel(row: ZooRow): { readonly text: string; readonly reason: Reason } | undefined {
  const model = machineModel();
  let result: Result | undefined;
  for (const [number, step] of row.steps.entries()) {
    result = runOnModel(model, step);
    if (result === undefined) return undefined;
    if (number < row.steps.length - 1 && !wentAsPlanned(step, result)) throw failedPreparation(row, step, result);
  }
  return result === undefined ? undefined : { text: resultText(result, row.expect), reason: result.reason };
}

const DONE: Result = { outcome: { kind: "value", value: 0n }, counts: { minor: 0, major: 0 }, faults: [], reason: [] };

/** Special files of the kinds that have no mmap operation. */
const UNMAPPABLE = ["directory", "pipe", "eventfd", "proc"] as const;

function openUnmappable(file: FileId): Operation {
  return { op: "open", file, backing: "unmappable", access: "ro", size: PAGE_SIZE, data: "hole" };
}

function runOnModel(model: Model, step: Step): Result | undefined {
  switch (step.op) {
    case "open special":
      return UNMAPPABLE.some((kind) => kind === step.kind) ? model.run(openUnmappable(step.file)) : undefined;
    case "fails":
      return model.run(step.of);
    case "become unprivileged":
      return isPrivileged(model) ? model.run({ op: "dropcaps" }) : DONE;
    case "fill maps":
      return fillMaps(model, step);
    case "open on own tmpfs":
    case "syscall":
    case "system":
    case "look":
      return undefined;
    default:
      return model.run(step);
  }
}

/** Whether its first process may give up anything: tried on a copy. */
function isPrivileged(model: Model): boolean {
  return model.clone().run({ op: "dropcaps" }).outcome.kind === "value";
}

function fillMaps(model: Model, { at }: FillMaps): Result {
  for (let i = 0; i <= MOST_MAPS; i++) {
    const { outcome } = model.run({
      op: "mmap",
      at: at + BigInt(2 * i) * PAGE,
      length: PAGE,
      prot: PROT.NONE,
      flags: MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE | MAP.FIXED,
      file: null,
      offset: 0n,
    });
    if (outcome.kind === "errno") return DONE;
  }
  return DONE;
}
