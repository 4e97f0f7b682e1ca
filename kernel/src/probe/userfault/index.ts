/** Page faults that JavaScript resolves. */
export {
  FaultServer,
  UserfaultfdMissing,
  isServed,
  openUserfaultfd,
  type AnswerFault,
  type FaultAnswer,
  type ServedRange,
} from "./fault-server.js";
export { SERVED_SAMPLES, ServingAlready, endServing, runServed, type ServedRun } from "./serving.js";
