/**
 * The TypeScript service as a V8 start-up snapshot: `node --build-snapshot` runs this once and keeps the heap, with the compiler
 * loaded and the typings of JavaScript, Node and the prelude parsed; a process started from the snapshot goes on with `serve`.
 *
 * Argument of the build: JSON `{ "prelude": Prelude | null, "cwd": string }` with an empty folder for `cwd`. Prints the paths of
 * the typings it has parsed, as JSON.
 */
import { writeSync } from "node:fs";
import { startupSnapshot } from "node:v8";
import { fixedFileNames } from "./cell-programs.js";
import { TypeScriptService, type ServiceOptions } from "./service.js";
import { serve } from "./serve.js";

const options = JSON.parse(process.argv[2] ?? "null") as ServiceOptions;
const service = new TypeScriptService(options);
service.warmUp();
if (options.prelude !== null) {
  const source = `import ${JSON.stringify(options.prelude.module)}; console.log("parsed and checked once")`;
  const reply = service.handle({ id: 1, type: "compile", source, executionCount: 1 });
  if (reply.type !== "compiled") throw new Error(`The first cell of a snapshot does not compile: ${JSON.stringify(reply)}`);
}
service.close();
writeSync(1, JSON.stringify([...fixedFileNames(), ...service.typingSources]));
startupSnapshot.setDeserializeMainFunction(() => {
  serve(process.argv[2]).catch((error: unknown) => {
    writeSync(2, `TypeScript service: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  });
});
