/** What checks showed, as a notebook would get it. */
import { afterEach, beforeEach } from "vitest";
import { validateBundle, type CheckView } from "../../../../kernel/src/views/index.js";

const PUBLISH = Symbol.for("Jupyter.publish");

/** The check views published since the start of the running test, each as a reader validates it. */
export function recordChecks(): readonly CheckView[] {
  const shown: CheckView[] = [];
  const scope = globalThis as Record<symbol, unknown>;
  beforeEach(() => {
    shown.length = 0;
    scope[PUBLISH] = (bundle: Readonly<Record<string, unknown>>): number => {
      const checked = validateBundle(JSON.parse(JSON.stringify(bundle["application/vnd.mmaplab.v1+json"])));
      if (!checked.ok) throw new Error(`a reader refuses what was shown: ${checked.reason}`);
      if (checked.bundle.kind === "check") shown.push(checked.bundle);
      return 1;
    };
  });
  afterEach(() => {
    delete scope[PUBLISH];
  });
  return shown;
}
