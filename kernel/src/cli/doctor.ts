/** `mmaplab doctor`: what this machine allows, and what each part of the lab needs. */
import { Command } from "commander";
import { doctor, type Diagnosis } from "../lab/doctor/index.js";
import { VIEW_VERSION, toText } from "../views/index.js";

/** The version of the JSON document. */
const JSON_VERSION = 1;

interface DoctorCommandOptions {
  readonly json?: boolean;
}

/** The command, to be added to the program. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("say what this machine allows, what each part of the lab needs, and how to get what is missing")
    .option("--json", "print one JSON object")
    .action(runDoctor);
}

function runDoctor({ json }: DoctorCommandOptions): void {
  const diagnosis = doctor();
  console.log(json === true ? JSON.stringify(document(diagnosis)) : tables(diagnosis));
  if (!diagnosis.runs) process.exitCode = 1;
}

function tables(diagnosis: Diagnosis): string {
  return [diagnosis.capabilitiesTable, diagnosis.featuresTable].map((table) => toText({ version: VIEW_VERSION, ...table })).join("\n\n");
}

function document({ runs, findings, features }: Diagnosis): Record<string, unknown> {
  return {
    version: JSON_VERSION,
    runs,
    capabilities: findings.map(({ id, name, group, allowed, value, why, how }) => ({
      id,
      name,
      group,
      allowed,
      value: value ?? null,
      why,
      how: how ?? null,
    })),
    features,
  };
}
