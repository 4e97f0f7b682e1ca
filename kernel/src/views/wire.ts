/** A bundle as it stands in an output: long columns packed. `validateBundle` reads both forms. */
import { packLetters, packNumbers } from "./packed.js";
import type { FaultColumns, FigureView, ViewBundle } from "./view.js";

/**
 * Packs the long columns of a bundle. 10 000 faults so take some 100 KB instead of 600.
 * @returns plain JSON data
 */
export function packBundle(bundle: ViewBundle): Readonly<Record<string, unknown>> {
  return bundle.kind === "observation"
    ? { ...bundle, views: bundle.views.map(packView) }
    : { version: bundle.version, ...packView(bundle) };
}

function packView(view: FigureView): Readonly<Record<string, unknown>> & { readonly kind: string } {
  switch (view.kind) {
    case "faults":
      return { ...view, sources: view.sources.map(packColumns) };
    case "latency":
      return {
        ...view,
        series: view.series.map((series) => ({
          ...series,
          ns: packNumbers(series.ns),
          ...(series.dirtyPages && { dirtyPages: packNumbers(series.dirtyPages) }),
        })),
      };
    default:
      return { ...view };
  }
}

function packColumns(source: FaultColumns): Readonly<Record<string, unknown>> {
  return {
    ...source,
    page: packNumbers(source.page),
    atNs: source.atNs && packNumbers(source.atNs),
    tookNs: source.tookNs && packNumbers(source.tookNs),
    faultKind: packLetters(source.faultKind),
    access: packLetters(source.access),
    reason: source.reason && packNumbers(source.reason),
  };
}
