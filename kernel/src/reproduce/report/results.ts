/** The tables of a result set. */
import type { TableView } from "../../views/index.js";
import { experimentNamed } from "../experiments/index.js";
import type { Experiment } from "../experiment.js";
import { Measurements } from "../measurements.js";
import type { ResultFolder } from "../running/result-folder.js";
import { figuresTable, publishedTable, shapesTable } from "./tables.js";

/** The experiments of a set that have records, with them. */
export function experimentsOf(folder: ResultFolder): { readonly experiment: Experiment; readonly measurements: Measurements }[] {
  const records = folder.records();
  return folder.plan.experiments
    .map(({ id }) => ({
      experiment: experimentNamed(id),
      measurements: new Measurements(records.filter((record) => record.experiment === id)),
    }))
    .filter(({ measurements }) => measurements.records.length > 0);
}

/**
 * For each experiment: the published figures beside ours, and the shapes.
 * @param all with every figure
 */
export function resultTables(folder: ResultFolder, all: boolean): TableView[] {
  return experimentsOf(folder).flatMap(({ experiment, measurements }) => [
    ...(all ? [figuresTable(experiment.title, measurements)] : []),
    publishedTable(experiment, measurements),
    shapesTable(experiment, measurements),
  ]);
}
