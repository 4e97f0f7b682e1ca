/** Notebooks that were executed earlier, written for a test: cells with outputs, as nbformat 4 stores them. */
import { mimeBundle } from "../../kernel/src/lab/publish.js";
import { VIEW_MIME_TYPE, type ViewBundle } from "../../kernel/src/views/index.js";

/** What stands in an output: MIME types and their data. */
export type OutputData = Readonly<Record<string, unknown>>;

/** An output exactly as the kernel would have sent it. */
export function outputOf(bundle: ViewBundle): OutputData {
  return mimeBundle(bundle);
}

/** An output with anything at all under the lab's MIME type. */
export function strangeOutput(json: unknown): OutputData {
  return { [VIEW_MIME_TYPE]: json, "text/plain": "the text of the output" };
}

/** A notebook with one executed cell for each output. */
export function storedNotebook(outputs: readonly OutputData[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "mmaplab", display_name: "TypeScript (mmaplab)", language: "typescript" } },
    cells: outputs.map((data, index) => ({
      id: `stored-${index}`,
      cell_type: "code",
      source: `// cell ${index}`,
      metadata: {},
      execution_count: index + 1,
      outputs: [{ output_type: "display_data", metadata: {}, data }],
    })),
  });
}
