/**
 * `npm run labs -- [NAME...] [--save DIR] [--record] [--as-nobody]`: runs guided notebooks unattended.
 * `--save` keeps readable copies of what they showed, with addresses that are the same in every run; `--record` renews the
 * recordings of gated steps.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { places } from "../../kernel/setup/places.mjs";
import { canBecomeNobody, errorsOf, executeNotebook, readNotebook } from "./execute-notebook.mjs";
import { GUIDED, guidedNotebooks, pathOf } from "./guided-notebooks.mjs";
import { relabelAddresses } from "./relabel-addresses.mjs";

const USAGE = `Usage: npm run labs -- [NAME...] [--save DIR] [--record] [--as-nobody]\nNames: ${guidedNotebooks.join(", ")}\n`;

/**
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
  process.stderr.write(`${message}\n${USAGE}`);
  process.exit(2);
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        save: { type: "string" },
        record: { type: "boolean", default: false },
        "as-nobody": { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { values, positionals } = parse();
for (const name of positionals) if (!guidedNotebooks.includes(name)) refuse(`There is no guided notebook named "${name}".`);
if (values["as-nobody"] && !canBecomeNobody) refuse("Only root can run the notebooks as nobody.");

const names = positionals.length > 0 ? positionals : guidedNotebooks;
let failed = 0;
for (const name of names) {
  const { notebook, seconds } = await executeNotebook(readNotebook(pathOf(name)), {
    folder: GUIDED,
    user: values["as-nobody"] ? "nobody" : "this user",
    env: values.record ? { MMAPLAB_RECORD: "1" } : {},
  });
  const errors = errorsOf(notebook);
  failed += errors.length;
  process.stdout.write(`${name}: ${seconds.toFixed(1)} s${errors.length === 0 ? "" : `, ${errors.length} errors`}\n`);
  for (const { id, name: error, message } of errors) process.stdout.write(`  cell ${id}: ${error}: ${message}\n`);
  if (values.save !== undefined) save(values.save, name, notebook);
}
process.exit(failed > 0 ? 1 : 0);

/**
 * Keeps a notebook with its outputs, and the same as a page that any browser shows.
 * @param {string} folder
 * @param {string} name
 * @param {import("./execute-notebook.mjs").Notebook} notebook
 */
function save(folder, name, notebook) {
  mkdirSync(folder, { recursive: true });
  const path = resolve(folder, `${name}.ipynb`);
  writeFileSync(path, `${JSON.stringify(relabelAddresses(notebook), null, 1)}\n`);
  const { status, stderr } = spawnSync(join(places().python), ["-m", "nbconvert", "--to", "html", path], { encoding: "utf8" });
  if (status !== 0) throw new Error(`nbconvert could not make a page of ${path}:\n${stderr}`);
}
