/** `struct perf_event_attr` for the software events of page faults (perf_event_open(2)). */

/** Bytes of the structure as of Linux 4.1 (PERF_ATTR_SIZE_VER5), which every kernel here accepts. */
const ATTR_BYTES = 112;
const PERF_TYPE_SOFTWARE = 1;
const CLOCK_MONOTONIC = 1;

/** Events: `PERF_COUNT_SW_PAGE_FAULTS_MIN` and `_MAJ`. Faults that end in a signal are in neither. */
export const PERF_FAULTS = Object.freeze({ minor: 5, major: 6 });

const SAMPLE_TIME = 1 << 2;
const SAMPLE_ADDR = 1 << 3;
const SAMPLE_IDENTIFIER = 1 << 16;
const FORMAT_GROUP = 1 << 3;
const FLAG_DISABLED = 1n << 0n;
const FLAG_EXCLUDE_KERNEL = 1n << 5n;
const FLAG_EXCLUDE_HV = 1n << 6n;
const FLAG_USE_CLOCKID = 1n << 25n;

/** A sample record: header, identifier, time, address, 8 bytes each. */
export const SAMPLE_RECORD = Object.freeze({ bytes: 32, identifier: 8, time: 16, address: 24 });

/** Which event, and who sees it. */
export interface FaultEvent {
  readonly config: number;
  /** Also faults that the kernel takes on behalf of the process, as in read(2). */
  readonly kernel: boolean;
  /** The leader of the group starts disabled and enables the others with it. */
  readonly leader: boolean;
}

/** The attribute structure for one event: every fault is a sample with its time on CLOCK_MONOTONIC and its address. */
export function faultEventAttr({ config, kernel, leader }: FaultEvent): Uint8Array {
  const attr = new Uint8Array(ATTR_BYTES);
  const view = new DataView(attr.buffer);
  view.setUint32(0, PERF_TYPE_SOFTWARE, true);
  view.setUint32(4, ATTR_BYTES, true);
  view.setBigUint64(8, BigInt(config), true);
  view.setBigUint64(16, 1n, true); // a sample for each fault
  view.setBigUint64(24, BigInt(SAMPLE_TIME | SAMPLE_ADDR | SAMPLE_IDENTIFIER), true);
  view.setBigUint64(32, BigInt(FORMAT_GROUP), true);
  const flags = FLAG_EXCLUDE_HV | FLAG_USE_CLOCKID | (leader ? FLAG_DISABLED : 0n) | (kernel ? 0n : FLAG_EXCLUDE_KERNEL);
  view.setBigUint64(40, flags, true);
  view.setInt32(92, CLOCK_MONOTONIC, true);
  return attr;
}
