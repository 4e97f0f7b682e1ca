/** Addresses as text. */
export { hex } from "../views/index.js";
