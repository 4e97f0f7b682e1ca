/** The one lab of this process. It is made at the first call, so that importing costs nothing. */
import { Lab } from "./lab.js";

let lab: Lab | null = null;

/** The lab that the functions of a cell work on. */
export function theLab(): Lab {
  lab ??= new Lab();
  return lab;
}
