/**
 * What a cell sees, all of it in scope without an import line. The names are those of the man pages.
 */
import { offerPanel } from "./panel/offer-panel.js";

export {
  F,
  FALLOC_FL,
  F_SEAL,
  MADV,
  MAP,
  MCL,
  MFD,
  MLOCK,
  MREMAP,
  MS,
  O,
  PAGE_SIZE,
  POSIX_FADV,
  PROT,
  RLIMIT,
  RLIM_INFINITY,
  RUSAGE,
  SWAP_FLAG,
  SYNC_FILE_RANGE,
} from "../abi/index.js";
export { Errno } from "../linux/index.js";
export { advance } from "./advance.js";
export { doctor, type Diagnosis, type Permission } from "./doctor/doctor.js";
export { zoo, type Zoo, type ZooOptions } from "./zoo/zoo.js";
export {
  brk,
  cachestat,
  fallocate,
  fcntl,
  fdatasync,
  fsync,
  ftruncate,
  getrlimit,
  getrusage,
  madvise,
  memfd_create,
  mincore,
  mlock,
  mlock2,
  mlockall,
  mmap,
  mprotect,
  mremap,
  mseal,
  msync,
  munlock,
  munlockall,
  munmap,
  pidfd_open,
  posix_fadvise,
  process_madvise,
  setrlimit,
  shm_open,
  shm_unlink,
  swapoff,
  swapon,
  sync_file_range,
} from "./calls/index.js";
export type { AdvisedMemory, ResourceLimit, ResourceUsage, SystemChange } from "./calls/index.js";
export {
  CheckFailed,
  check,
  type CheckOptions,
  type ContentsOptions,
  type ExpectedFaults,
  type ExpectedSignal,
  type ExpectedVma,
  type PageRange,
  type ScorePart,
} from "./check/index.js";
export type { Comparison } from "./compare/compare.js";
export { explain, type Explanation } from "./explain.js";
export { close, open, scratchFile } from "./files.js";
export { gate } from "./gate/index.js";
export { lab, type LabProfile } from "./lab-commands.js";
export { Mapping, type TouchOptions } from "./mapping.js";
export { observe, type Observation } from "./observe.js";
export { PagerError, pager, type GivePage, type Pager, type WantedPage } from "./pager/pager.js";
export { trackWrites, type TrackOptions, type WriteTracker } from "./pager/track-writes.js";
export { predict, type PredictOptions } from "./predict.js";
export { fork, startProcess, waitpid } from "./processes/fork.js";
export type { Process, ProcessStatus } from "./processes/process.js";
export type { IndexOptions } from "./show/index-view.js";
export type { Shown } from "./show/shown.js";
export type { RecordedTrace } from "./trace/recorded-trace.js";
export { Signal } from "./signal.js";

// The address space panel of the notebook asks for its contents by itself, whenever it is opened.
offerPanel();
