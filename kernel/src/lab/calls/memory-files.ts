/** Files that live in memory: memfd_create(2) with the seals of fcntl(2), shm_open(3), shm_unlink(3). */
import { F } from "../../abi/index.js";
import {
  addSeals,
  argument,
  descriptorText,
  getSeals,
  memfd_create as createMemfd,
  sealsText,
  shm_open as openSharedMemory,
  shm_unlink as unlinkSharedMemory,
} from "../../linux/index.js";
import { descriptor, int32 } from "../../linux/arguments.js";
import { theLab } from "../the-lab.js";
import { realLab } from "./real.js";

/**
 * Makes a file that lives in memory only: memfd_create(2).
 * @param name shown in /proc/self/maps as `/memfd:name (deleted)`
 * @param flags bits of {@link MFD}; ALLOW_SEALING for seals
 * @returns the descriptor of an empty file; give it a size with ftruncate
 * @throws Errno where the kernel refuses
 */
export function memfd_create(name: string, flags = 0): number {
  const lab = realLab("memfd_create");
  return lab.descriptors.own(createMemfd(name, flags));
}

/**
 * Opens shared memory by its name: shm_open(3). Unrelated processes that open the same name share it.
 * @param name a slash and up to 255 bytes without another slash, e.g. "/lab"
 * @param flags bits of {@link O}: RDONLY or RDWR, with CREAT, EXCL, TRUNC
 * @param mode rights of what is made; 0o600 unless told
 * @returns the descriptor of a file that is empty at first; the name stays until {@link shm_unlink}
 * @throws Errno where the kernel refuses
 */
export function shm_open(name: string, flags: number, mode = 0o600): number {
  const lab = realLab("shm_open");
  return lab.descriptors.own(openSharedMemory(name, flags, mode));
}

/** Removes a name of shared memory: shm_unlink(3). Descriptors and mappings of it stay. @throws Errno where the kernel refuses */
export function shm_unlink(name: string): void {
  realLab("shm_unlink");
  unlinkSharedMemory(name);
}

/**
 * Seals a memfd, or tells its seals: fcntl(2) with F_ADD_SEALS or F_GET_SEALS. What is sealed can never be done to it again.
 * @param fd from memfd_create with MFD.ALLOW_SEALING
 * @param op F.ADD_SEALS or F.GET_SEALS
 * @param arg bits of {@link F_SEAL}, for ADD_SEALS
 * @returns the seals for GET_SEALS, 0 for ADD_SEALS
 * @throws Errno where the kernel refuses: EPERM (not sealable), EBUSY (F_SEAL_WRITE while a shared mapping may be written)
 */
export function fcntl(fd: number, op: number, arg = 0): number {
  const lab = theLab();
  const which = int32("op", op);
  const seals = int32("arg", arg);
  if (which === F.GET_SEALS) {
    lab.requireLive(lab.world, "fcntl(F_GET_SEALS)");
    return getSeals(fd);
  }
  if (which !== F.ADD_SEALS) {
    throw new RangeError(
      `fcntl: the lab knows F.ADD_SEALS and F.GET_SEALS, which concern mapping, not op ${String(op)}. Use node:fs for others.`,
    );
  }
  const file = lab.descriptors.regularFileOf(descriptor("fd", fd), lab.world);
  // What is no regular file has no seals; the kernel says how it refuses.
  if (file === null) addSeals(fd, seals);
  else {
    const args = () => [argument("fd", descriptorText(fd)), argument("op", "F_ADD_SEALS"), argument("arg", sealsText(seals))];
    lab.call(lab.world, { op: "seal", file, seals }, args, "fcntl");
  }
  return 0;
}
