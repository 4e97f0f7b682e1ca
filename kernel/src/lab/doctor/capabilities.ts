/** The capabilities of this process (capabilities(7)), as far as the lab asks for them. */
import { readStatus } from "../../linux/index.js";

/** Bits of `CapEff` (include/uapi/linux/capability.h). */
const BITS = {
  CAP_CHOWN: 0n,
  CAP_DAC_OVERRIDE: 1n,
  CAP_SETUID: 7n,
  CAP_LINUX_IMMUTABLE: 9n,
  CAP_IPC_LOCK: 14n,
  CAP_SYS_RAWIO: 17n,
  CAP_SYS_PTRACE: 19n,
  CAP_SYS_ADMIN: 21n,
  CAP_SYS_RESOURCE: 24n,
  CAP_PERFMON: 38n,
  CAP_CHECKPOINT_RESTORE: 40n,
} as const;

/** The name of a capability the lab asks for. */
export type Capability = keyof typeof BITS;

const CAPABILITIES = Object.keys(BITS) as readonly Capability[];

function effective(): bigint {
  return BigInt(`0x${readStatus().text["CapEff"] ?? "0"}`);
}

/** Whether this process has a capability now. */
export function hasCapability(name: Capability): boolean {
  return ((effective() >> BITS[name]) & 1n) === 1n;
}

/** Whether this process has any capability at all. */
export function hasAnyCapability(): boolean {
  return effective() !== 0n;
}

/** Those of {@link CAPABILITIES} this process has now. */
export function heldCapabilities(): readonly Capability[] {
  return CAPABILITIES.filter(hasCapability);
}
