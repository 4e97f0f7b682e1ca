/** The figures of one moment of a trace, as the same views that outputs carry. Each is made when it is looked at. */
import { callText, outcomeWords, type FileCache, type Trace, type TraceDifference } from "mmaplab/model";
import {
  foldedIndex,
  formatBytes,
  hex,
  modelVmas,
  pageTableView,
  printable,
  structureName,
  type ComparisonRow,
  type FigureView,
  type IndexView,
  type MappingsView,
  type TableView,
} from "mmaplab/views";
import type { Phrases } from "../phrases.js";
import type { Moment } from "./moment.js";

const PAGE_SIZE = 4096;
const MOST_CHANGES = 200;
const MOST_RUNS = 12;
const MOST_FILES = 200;

/** The figures there are. */
export const MOMENT_FIGURES = ["mappings", "index", "pageTable", "pageCache", "explanation"] as const;

export type MomentFigure = (typeof MOMENT_FIGURES)[number];

/**
 * One figure of a moment.
 * @returns the view, or a sentence that says why there is none
 */
export function momentView(figure: MomentFigure, moment: Moment, trace: Trace, trans: Phrases): FigureView | string {
  switch (figure) {
    case "mappings":
      return mappings(moment, trace, trans);
    case "index":
      return index(moment, trans);
    case "pageTable":
      return pageTable(moment, trace, trans);
    case "pageCache":
      return pageCache(moment, trans);
    case "explanation":
      return explanation(moment, trans);
  }
}

/** What was recorded beside what the model says; null where there is nothing to compare. */
export function comparisonOf({ last }: Moment, trans: Phrases): ComparisonRow[] | null {
  if (last === null || last.step.result === null || last.answer.model === null) return null;
  const { step, answer } = last;
  const [recorded, said] = [last.step.result, last.answer.model];
  const differing = new Map(answer.differences.map((difference) => [difference.what, difference]));
  const why = step.explained === undefined ? {} : { why: step.explained };
  const row = (what: string, name: TraceDifference["what"], kernel: string, model: string): ComparisonRow => {
    const difference = differing.get(name);
    const verdict = difference === undefined ? "equal" : answer.verdict === "explained" ? "explained" : "unexplained";
    return {
      what,
      kernel: difference?.recorded ?? kernel,
      model: difference?.answered ?? model,
      verdict,
      ...(verdict === "explained" && why),
    };
  };
  const count = (value: number): string => String(value);
  const rows = [
    row(trans.__("outcome"), "outcome", outcomeWords(recorded.outcome), outcomeWords(said.outcome)),
    row(trans.__("minor faults"), "minor faults", count(recorded.counts.minor), count(said.counts.minor)),
    row(trans.__("major faults"), "major faults", count(recorded.counts.major), count(said.counts.major)),
  ];
  if (differing.has("what was seen")) rows.push(row(trans.__("what was read"), "what was seen", "", ""));
  return rows;
}

/** The call of a step, for people; file names made printable. */
export function stepText(trace: Trace, position: number, trans: Phrases): string {
  const step = trace.steps[position - 1];
  return step === undefined ? trans.__("the start, nothing mapped") : printable(callText(step.operation), 300);
}

/** An address by the mapping it lies in: "buffer+0x1000". */
function placeIn({ labels }: Trace, address: bigint): string {
  const label = labels.findLast(({ start, end }) => address >= start && address < end);
  return label === undefined ? hex(address) : `${printable(label.text)}+${hex(address - label.start)}`;
}

function labelIn(trace: Trace): (address: bigint) => string | null {
  return (address) => trace.labels.findLast(({ start, end }) => address >= start && address < end)?.text ?? null;
}

function mappings(moment: Moment, trace: Trace, trans: Phrases): MappingsView | string {
  const { model, last } = moment;
  const process = last?.process ?? 0;
  const label = labelIn(trace);
  const after = modelVmas(model, process, label);
  const before = last === null ? [] : modelVmas(last.before, process, label);
  if (before.length + after.length === 0) return trans.__("Nothing is mapped at this moment.");
  const title = process === 0 ? trans.__("Mappings") : trans.__("Mappings of process %1", process);
  return { kind: "mappings", title, pageSize: PAGE_SIZE, states: [{ source: "model", before, after }] };
}

function index({ model, last }: Moment, trans: Phrases): IndexView | string {
  const process = last?.process ?? 0;
  if (!model.running.includes(process)) return trans.__("Process %1 has ended, and its mappings with it.", process);
  const address = last?.address ?? null;
  const frame = foldedIndex("", model.index(process), address, address === null ? null : model.find(address, process));
  if (frame.vmas === 0) return trans.__("Nothing is mapped at this moment: the index is empty.");
  const changes = model
    .indexSteps(process)
    .slice(0, MOST_CHANGES)
    .map(({ kind, node, text }) => ({ change: kind, node: typeof node === "bigint" ? hex(node) : `#${String(node)}`, text }));
  const note = model.profileNote;
  const title = trans.__("VMAs in a %1", structureName(frame.structure));
  return { kind: "index", title, ...(note !== null && { note }), frames: [{ ...frame, changes }] };
}

function pageTable({ model, last }: Moment, trace: Trace, trans: Phrases): FigureView | string {
  if (last === null || last.address === null) return trans.__("This step is about no single address: there is no page table walk to show.");
  if (!model.running.includes(last.process)) return trans.__("Process %1 has ended, and its page table with it.", last.process);
  return pageTableView(model, last.address, placeIn(trace, last.address), last.process);
}

function pageCache({ model }: Moment, trans: Phrases): TableView | string {
  const files = model.fileCaches();
  if (files.length === 0) return trans.__("No file is open or mapped at this moment.");
  return {
    kind: "table",
    title: trans.__("Page cache"),
    headings: [trans.__("File"), trans.__("Kind"), trans.__("Size"), trans.__("Cached pages"), trans.__("Dirty pages"), trans.__("Which")],
    rows: files
      .slice(0, MOST_FILES)
      .map((file) =>
        [
          printable(file.file),
          file.backing,
          formatBytes(file.size),
          String(file.cachedPages),
          String(file.dirtyPages),
          runsText(file, trans),
        ].map((text) => ({ text })),
      ),
    ...(files.length > MOST_FILES && { caption: trans.__("%1 more files are not listed.", files.length - MOST_FILES) }),
  };
}

function runsText({ runs }: FileCache, trans: Phrases): string {
  const shown = runs.slice(0, MOST_RUNS).map(({ start, end, dirty }) => {
    const pages = end === start + 1 ? String(start) : `${String(start)}–${String(end - 1)}`;
    return dirty ? trans.__("%1 dirty", pages) : pages;
  });
  const left = runs.length - shown.length;
  return [...shown, ...(left > 0 ? [trans.__("and %1 more stretches", left)] : [])].join(", ");
}

function explanation(moment: Moment, trans: Phrases): TableView | string {
  const { last } = moment;
  if (last === null) return trans.__("No step is done yet.");
  const { answer } = last;
  if (answer.failure !== null) return trans.__("The model cannot run this step: %1", printable(answer.failure));
  const reason = answer.model?.reason ?? [];
  if (reason.length === 0) return trans.__("The model gives no reason for this step.");
  return {
    kind: "table",
    title: trans.__("Why, step by step"),
    headings: [trans.__("Rule"), trans.__("What it meant here")],
    rows: reason.map(({ rule, text }) => [{ text: rule }, { text: printable(text, 2000) }]),
  };
}
