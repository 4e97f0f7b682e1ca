/** Constants of `<linux/userfaultfd.h>` (userfaultfd(2), ioctl_userfaultfd(2)). The ioctl numbers are the same on all 64-bit machines. */

/** The only version of the interface. */
export const UFFD_API = 0xaan;

/** `flags` of userfaultfd(2), besides O_CLOEXEC and O_NONBLOCK. */
export const UFFD = Object.freeze({
  /** Only faults taken in user mode are reported; system calls fail with EFAULT instead. Needs no privileges. Since 5.11. */
  USER_MODE_ONLY: 1,
});

/** ioctl(2) on a userfaultfd. */
export const UFFDIO = Object.freeze({
  API: 0xc018aa3f,
  REGISTER: 0xc020aa00,
  UNREGISTER: 0x8010aa01,
  WAKE: 0x8010aa02,
  COPY: 0xc028aa03,
  ZEROPAGE: 0xc020aa04,
  /** Since 5.7. */
  WRITEPROTECT: 0xc018aa06,
});

/** ioctl(2) on /dev/userfaultfd, which makes a userfaultfd: `USERFAULTFD_IOC_NEW`, since 6.1. */
export const USERFAULTFD_IOC_NEW = 0xaa00;

/** `mode` of UFFDIO_REGISTER: which faults are reported. */
export const UFFDIO_REGISTER_MODE = Object.freeze({
  /** Nothing is there for the page. */
  MISSING: 1,
  /** A write to a page that was write-protected through UFFDIO_WRITEPROTECT. */
  WP: 2,
});

/** `mode` of UFFDIO_WRITEPROTECT. */
export const UFFDIO_WRITEPROTECT_MODE = Object.freeze({ WP: 1, DONTWAKE: 2 });

/** Features, as bits of `uffdio_api.features`. */
export const UFFD_FEATURE = Object.freeze({
  /** Write-protect faults of private anonymous memory, since 5.7. */
  PAGEFAULT_FLAG_WP: 1n << 0n,
  EVENT_FORK: 1n << 1n,
  EVENT_REMAP: 1n << 2n,
  EVENT_REMOVE: 1n << 3n,
  MISSING_HUGETLBFS: 1n << 4n,
  /** Missing faults of shared anonymous memory, memfd and tmpfs, since 4.11. */
  MISSING_SHMEM: 1n << 5n,
  EVENT_UNMAP: 1n << 6n,
  SIGBUS: 1n << 7n,
  THREAD_ID: 1n << 8n,
  MINOR_HUGETLBFS: 1n << 9n,
  MINOR_SHMEM: 1n << 10n,
  /** Reports the address touched instead of its page's, since 5.18. */
  EXACT_ADDRESS: 1n << 11n,
  /** Write-protect faults of shared memory and huge pages, since 5.19. */
  WP_HUGETLBFS_SHMEM: 1n << 12n,
  /** Write-protects pages that are not there yet, since 6.4. */
  WP_UNPOPULATED: 1n << 13n,
  POISON: 1n << 14n,
  /** The kernel lifts the protection by itself and remembers that the page was written, since 6.7. */
  WP_ASYNC: 1n << 15n,
  MOVE: 1n << 16n,
});

/** The name of a feature. */
export type UserfaultfdFeature = keyof typeof UFFD_FEATURE;

/** `uffd_msg.event` of a page fault. */
export const UFFD_EVENT_PAGEFAULT = 0x12;

/** `uffd_msg.arg.pagefault.flags`. */
export const UFFD_PAGEFAULT_FLAG = Object.freeze({ WRITE: 1n, WP: 2n, MINOR: 4n });

/** Bytes of `struct uffd_msg`, and where its fields lie. */
export const UFFD_MSG = Object.freeze({ bytes: 32, event: 0, flags: 8, address: 16 });
