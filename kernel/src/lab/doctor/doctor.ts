/** `doctor`: what this machine allows, what each part of the lab needs, and how to get what is missing. */
import type { TableCell, TableView, View } from "../../views/index.js";
import { DISPLAY, mimeBundle } from "../publish.js";
import { featureStates, type FeatureState } from "./features.js";
import type { Allowed, Finding } from "./finding.js";
import { QUESTIONS, answer, type Capability } from "./questions.js";

/** The ids of all questions, in the order of the table. */
const IDS = Object.keys(QUESTIONS) as Capability[];

/** What without which nothing runs. */
const ESSENTIAL: readonly Capability[] = ["linux", "architecture", "probe", "node"];

/** One line of the diagnosis. */
export interface DiagnosisLine extends Finding {
  readonly id: Capability;
  /** The question, for people. */
  readonly name: string;
  readonly group: string;
}

const TONES = { yes: "ok", partly: "warn", no: "bad", info: "plain" } as const satisfies Record<Allowed, TableCell["tone"]>;
const RUN_TONES = { fully: "ok", partly: "warn", not: "bad" } as const satisfies Record<FeatureState["runs"], TableCell["tone"]>;

/** What was found. Printed in a cell it is two tables. */
export class Diagnosis {
  /** Made by `doctor`. */
  constructor(
    /** The answers, in the order of the table. */
    readonly findings: readonly DiagnosisLine[],
    /** How far each part of the lab runs here. */
    readonly features: readonly FeatureState[],
  ) {}

  /** Whether the lab can run at all. */
  get runs(): boolean {
    return this.findings.every(({ id, allowed }) => !ESSENTIAL.includes(id) || allowed !== "no");
  }

  /** What the machine allows, as a table. */
  get capabilitiesTable(): TableView {
    return {
      kind: "table",
      title: "What this machine allows",
      headings: ["", "here", "why", "how to get it"],
      rows: this.findings.map(({ name, allowed, value, why, how }) => [
        { text: name },
        { text: hereText(allowed, value), tone: TONES[allowed] },
        { text: why },
        { text: how ?? "" },
      ]),
    };
  }

  /** What of the lab runs, as a table. */
  get featuresTable(): TableView {
    return {
      kind: "table",
      title: "What of the lab runs here",
      headings: ["", "runs", "why not fully", "how to get it"],
      rows: this.features.map(({ name, runs, why, how }) => [
        { text: name },
        { text: runs, tone: RUN_TONES[runs] },
        { text: why },
        { text: how },
      ]),
    };
  }

  /** Both tables as data. */
  get view(): View {
    return { kind: "observation", title: "mmaplab doctor", views: [this.featuresTable, this.capabilitiesTable] };
  }

  /** How a cell shows it. */
  [DISPLAY](): Record<string, unknown> {
    return mimeBundle(this.view);
  }
}

function hereText(allowed: Allowed, value: string | undefined): string {
  if (allowed === "info") return value ?? "";
  return value === undefined ? allowed : `${allowed}: ${value}`;
}

/** Asks everything. Takes some tenths of a second, and leaves nothing behind. */
function diagnose(): Diagnosis {
  const answers = Object.fromEntries(IDS.map((id) => [id, answer(id)])) as Record<Capability, Finding>;
  const lines = IDS.map((id): DiagnosisLine => ({ id, name: QUESTIONS[id].name, group: QUESTIONS[id].group, ...answers[id] }));
  return new Diagnosis(lines, featureStates(answers));
}

/** Whether something can be had here, for steps of a lab that need it. */
export interface Permission {
  /** Whether it can be had, at least in part. */
  readonly ok: boolean;
  /** What was tried, and what came of it. */
  readonly why: string;
  /** What would give what is missing; empty where nothing is. */
  readonly how: string;
}

/**
 * Tries one thing.
 * @param capability its name, e.g. "userfaultfd"
 * @throws RangeError for a name that is none, with those there are
 */
function allows(capability: Capability): Permission {
  if (!IDS.includes(capability)) throw new RangeError(`doctor.allows: ${JSON.stringify(capability)} is none of ${IDS.join(", ")}`);
  const { allowed, why, how } = answer(capability);
  return { ok: allowed !== "no", why, how: how ?? "" };
}

/** `doctor()`, and `doctor.allows` for single steps. */
export interface Doctor {
  /**
   * What this machine allows, what each part of the lab needs, and how to get what is missing. Everything is tried rather
   * than looked up; nothing is left behind.
   */
  (): Diagnosis;
  /**
   * Whether one thing can be had: `if (!doctor.allows("userfaultfd").ok) ...`.
   * @param capability its name
   * @returns whether, why, and how to get it
   * @throws RangeError for a name that is none
   */
  readonly allows: (capability: Capability) => Permission;
}

/** The doctor. */
export const doctor: Doctor = Object.freeze(Object.assign(() => diagnose(), { allows }));
