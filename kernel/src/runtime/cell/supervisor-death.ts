/**
 * A stopped process (SIGSTOP) does not see that the supervisor is gone, nor does its helper thread; it would stay for ever. So the kernel
 * is asked to continue it then: the helper thread finds its descriptor closed and ends the process with all it has started.
 */
import { constants } from "node:os";

/** PR_SET_PDEATHSIG of prctl(2): the signal this process gets when its parent dies. */
const PR_SET_PDEATHSIG = 1;

/** Never rejects: without this a cell process is an orphan only if it was stopped when the supervisor was killed. */
export async function wakeAtSupervisorDeath(): Promise<void> {
  try {
    const ffi = await import("ffi-rs");
    const library = "cell-process-libc";
    ffi.open({ library, path: "" });
    ffi.load({
      library,
      funcName: "prctl",
      retType: ffi.DataType.I32,
      paramsType: [ffi.DataType.I32, ffi.DataType.U64],
      paramsValue: [PR_SET_PDEATHSIG, constants.signals.SIGCONT],
    });
  } catch {
    // No binary of ffi-rs for this machine. What needs it in earnest, such as the prelude, says so.
  }
}
