/** `mmaplab zoo`: every error and signal of the mmap family, caused for real. */
import { Command } from "commander";
import {
  chosenRows,
  expectationText,
  needsText,
  reportsTable,
  rowsTable,
  runRows,
  stepText,
  type RowReport,
  type ZooRow,
} from "../lab/zoo/index.js";
import { VIEW_VERSION, toText } from "../views/index.js";

interface ZooCommandOptions {
  readonly json?: boolean;
  readonly allowSystemChanges?: boolean;
}

/** The command, to be added to the program. */
export function zooCommand(): Command {
  return new Command("zoo")
    .description("list every error and signal of the mmap family, or cause those of one call for real")
    .argument("[call]", 'the call, e.g. mmap; "all" runs every row')
    .argument("[error]", "the error or signal, e.g. EINVAL")
    .option("--json", "print one JSON object")
    .option("--allow-system-changes", "also run rows that change the whole system while they run; they undo it")
    .action(runZoo);
}

function runZoo(call: string | undefined, error: string | undefined, options: ZooCommandOptions): void {
  const rows = chosenRows(call === "all" ? undefined : call, error);
  if (call === undefined) {
    if (options.json === true) console.log(JSON.stringify({ rows: rows.map(rowJson) }));
    else console.log(toText({ version: VIEW_VERSION, ...rowsTable(rows, "The errors and signals of the mmap family") }));
    return;
  }
  const reports = runRows(rows, options);
  if (options.json === true) console.log(JSON.stringify({ rows: reports.map(reportJson) }));
  else
    console.log(toText({ version: VIEW_VERSION, ...reportsTable(reports, `${call}${error === undefined ? "" : ` ${error}`}: what came`) }));
  if (reports.some(({ verdict }) => verdict === "differs")) process.exitCode = 1;
}

function rowJson(row: ZooRow): Record<string, unknown> {
  return {
    call: row.call,
    comes: expectationText(row.expect),
    when: row.when,
    source: row.source,
    needs: needsText(row),
    steps: row.steps.map(stepText),
  };
}

function reportJson({ row, verdict, came, model, reason }: RowReport): Record<string, unknown> {
  return { ...rowJson(row), verdict, came, model: model ?? null, reason: reason.map(({ text }) => text) };
}
