/** Loads what draws figures at first use, and finds out what the browser can draw. */

/** The figures and plotly.js. */
export type Drawing = typeof import("./drawing.js");

let loading: Promise<Drawing> | null = null;

/** Loads the drawing code once. After a failure (a server that was away) the next call tries again. */
export function loadDrawing(): Promise<Drawing> {
  loading ??= import("./drawing.js").catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

let webgl: boolean | null = null;

/** Whether this browser can draw WebGL traces. Without it plotly would draw an empty plot. */
export function hasWebGl(): boolean {
  webgl ??= document.createElement("canvas").getContext("webgl") !== null;
  return webgl;
}
