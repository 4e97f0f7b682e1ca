/** Calls that the model does not know: they are made for real, and not inside a prediction. */
import type { Lab } from "../lab.js";
import { theLab } from "../the-lab.js";

/**
 * The lab, for a call that needs the real kernel.
 * @param what the call
 * @throws Error inside `predict`
 */
export function realLab(what: string): Lab {
  const lab = theLab();
  lab.requireLive(lab.world, what);
  return lab;
}
