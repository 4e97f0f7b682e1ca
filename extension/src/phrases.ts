/** The part of a translation bundle that figures use; they name no string that does not pass through it. */
import type { TranslationBundle } from "@jupyterlab/translation";

export type Phrases = Pick<TranslationBundle, "__" | "_n">;
