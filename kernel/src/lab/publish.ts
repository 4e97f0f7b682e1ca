/** Hands views to the notebook, with a text and a picture for readers that cannot draw them. */
import { VIEW_MIME_TYPE, VIEW_VERSION, packBundle, toSvg, toText, type View, type ViewBundle } from "../views/index.js";

/** What the notebook's runtime offers to libraries; absent outside a notebook. */
type PublishHook = (
  bundle: Readonly<Record<string, unknown>>,
  options?: { readonly displayId?: string; readonly update?: boolean },
) => number;

const PUBLISH = Symbol.for("Jupyter.publish");

/** The method a notebook calls to show a value: given the running execution, it returns MIME types, or null for nothing. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** A view under every MIME type a reader may know. */
export function mimeBundle(view: View): Record<string, unknown> {
  const bundle: ViewBundle = { version: VIEW_VERSION, ...view };
  return { [VIEW_MIME_TYPE]: packBundle(bundle), "image/svg+xml": toSvg(bundle), "text/plain": toText(bundle) };
}

const listeners = new Set<(view: View) => void>();

/**
 * Tells of every view that is shown from now on, as a recording needs.
 * @returns ends it
 */
export function onPublish(listener: (view: View) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/**
 * Shows a view in the running cell, or prints its text where there is no notebook.
 * @returns the number of the execution it was shown in, or null outside a notebook
 */
export function publish(view: View): number | null {
  for (const listener of listeners) listener(view);
  const hook = (globalThis as Record<symbol, unknown>)[PUBLISH] as PublishHook | undefined;
  if (hook === undefined) {
    console.log(toText({ version: VIEW_VERSION, ...view }));
    return null;
  }
  return hook(mimeBundle(view));
}
