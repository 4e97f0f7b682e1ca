/** `gate`: steps of a lab that not every machine can run. */
import { describe, string } from "../../linux/arguments.js";
import { QUESTIONS, doctor, type Capability } from "../doctor/index.js";
import { onPublish, publish } from "../publish.js";
import type { TableView, View } from "../../views/index.js";
import { readRecording, thisMachine, writeRecording } from "./recording.js";

/** Set to 1, each gated step that runs writes its recording into `recorded/` in the notebook's folder. */
const RECORD = "MMAPLAB_RECORD";

/** Capabilities, separated by commas, that gates take as missing: to see what others see. */
const WITHOUT = "MMAPLAB_WITHOUT";

/** A name that is a file's name everywhere. */
const NAME = /^[a-z0-9][a-z0-9-]{0,79}$/;

/** Something a step needs and this machine has not. */
interface Lack {
  readonly name: string;
  readonly why: string;
  readonly how: string;
}

/**
 * Runs a step that not every machine can run. Where something it needs is missing, the step is not run: a table says what is
 * missing and how to get it, then comes what a machine that has it showed, marked as recorded.
 * @param name names the step and its recording: small letters, digits and hyphens
 * @param needs what `doctor.allows` must allow, one name or several
 * @param body the step; what it returns must be plain data (numbers, texts, lists, objects of these), or nothing
 * @returns what `body` returned, here or where it was recorded
 * @throws Error where the step cannot be run and has no recording; whatever `body` throws
 */
export function gate<T>(name: string, needs: Capability | readonly Capability[], body: () => Promise<T>): Promise<T>;
export function gate<T>(name: string, needs: Capability | readonly Capability[], body: () => T): T;
export function gate<T>(name: string, needs: Capability | readonly Capability[], body: () => T | Promise<T>): T | Promise<T> {
  string("gate: name", name);
  if (!NAME.test(name))
    throw new RangeError(`gate: a name is made of small letters, digits and hyphens, at most 80, not ${JSON.stringify(name)}`);
  if (typeof body !== "function") throw new TypeError(`gate: give the step as a function, not ${describe(body)}`);
  const lacks = missing(typeof needs === "string" ? [needs] : needs);
  if (lacks.length > 0) return replay<T>(name, lacks);

  const views: View[] = [];
  const stop = onPublish((view) => views.push(view));
  let value: T | Promise<T>;
  try {
    value = body();
  } catch (error) {
    stop();
    throw error;
  }
  if (value instanceof Promise) return value.then((settled) => finish(name, settled, views)).finally(stop);
  stop();
  return finish(name, value, views);
}

/** Checks what a step returned, and records it where that was asked for. */
function finish<T>(name: string, value: T, views: readonly View[]): T {
  if (value !== undefined) requirePlain(value, "the step's result");
  if (process.env[RECORD] === "1") writeRecording(name, { machine: thisMachine(), value, views });
  return value;
}

/** Shows and returns what was recorded of a step. */
function replay<T>(name: string, lacks: readonly Lack[]): T {
  const what = lacks.map((lack) => lack.name).join(", ");
  let recording;
  try {
    recording = readRecording(name);
  } catch (error) {
    publish(lackTable(name, lacks, "Nothing is shown instead."));
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(`gate: the step ${name} needs ${what}, which is missing here, and ${cause}`, { cause: error });
  }
  const { machine, value, views } = recording;
  publish(lackTable(name, lacks, `What follows was recorded on ${machine}. It did not happen here.`));
  for (const view of views) publish({ ...view, title: `Recorded on ${machine}: ${view.title}` });
  // The file holds what the same step returned: gate() let nothing else be recorded.
  return value as T;
}

/** What of the needed is missing here. */
function missing(needs: readonly Capability[]): readonly Lack[] {
  const without = (process.env[WITHOUT] ?? "").split(",").map((word) => word.trim());
  return needs.flatMap((id): readonly Lack[] => {
    const { ok, why, how } = doctor.allows(id);
    const { name } = QUESTIONS[id];
    if (without.includes(id)) return [{ name, why: `${WITHOUT} names it`, how: `unset ${WITHOUT}` }];
    return ok ? [] : [{ name, why, how }];
  });
}

function lackTable(name: string, lacks: readonly Lack[], caption: string): TableView {
  return {
    kind: "table",
    title: `Not run here: ${name}`,
    headings: ["missing", "why", "how to get it"],
    rows: lacks.map(({ name: lack, why, how }) => [{ text: lack, tone: "warn" }, { text: why }, { text: how }]),
    caption,
  };
}

/** What a recording gives back unchanged. */
function requirePlain(value: unknown, place: string): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (Array.isArray(value)) return value.forEach((item: unknown, index) => requirePlain(item, `${place}[${String(index)}]`));
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [key, item] of Object.entries(value)) requirePlain(item, `${place}.${key}`);
    return;
  }
  throw new TypeError(
    `gate: ${place} is ${describe(value)}. Return plain data from a gated step: finite numbers, texts, lists, objects of these, or nothing`,
  );
}
