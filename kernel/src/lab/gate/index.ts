/** Steps that need what not every machine has, with recordings for the others. */
export { gate } from "./gate.js";
