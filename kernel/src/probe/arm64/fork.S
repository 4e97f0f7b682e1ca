// The part of program.S that forks. The child never runs what called the program: it serves further programs, which it finds in
// memory it shares with whoever sends them.

// mailbox of a forked process, in memory it shares: a 32-bit word that is 1 from request to answer, and what goes with it
.set MAILBOX_REQUEST, 0         // u32, a futex
.set MAILBOX_OWNER, 4           // u32: the process that sends requests
.set MAILBOX_PATIENCE, 8        // struct timespec: how long to wait before looking whether the owner still lives
.set MAILBOX_USED, 24           // bytes from the mailbox's start that a program may touch
.set MAILBOX_THREAD, 32         // the thread pointer, as the C library set it
.set MAILBOX_STACK_END, 32768   // the stack grows down to the words above
.set MAILBOX_CONTEXT, 32768
.set SYS_EXIT_GROUP, 94
.set SYS_FUTEX, 98
.set SYS_KILL, 129
.set SYS_CLONE, 220
.set FUTEX_WAIT, 0
.set FUTEX_WAKE, 1
.set ESRCH, 3
.set ETIMEDOUT, 110

// ---- fork: argument 0 = the child's mailbox, argument 1 = flags of clone(2), argument 2 = 1 where the child still has the C
// library's thread pointer and is to write it down, 2 where the child is a thread of this process, whose earlier handlers stay.
// The child reads nothing of this program: its owner may be writing the next one already ----
fork:
  ldp x25, x0, [x19, #STEP_ARGS]
  ldr x26, [x19, #STEP_ARGS+16]
  mov x1, #0                    // the same stack pointer
  mov x2, #0
  mov x3, #0
  mov x4, #0
  mov x8, #SYS_CLONE
  before x9
  str x9, [x19, #STEP_BEFORE]
  svc #0
  mov x24, x0
  cbnz x0, step_done

// The child, with its mailbox in x25. Its stack lies there too: a page of the parent's would be copied on write, and counted.
  add sp, x25, #MAILBOX_STACK_END
  cmp x26, #1
  b.hi await_request
  b.lo 1f
  mrs x9, tpidr_el0
  str x9, [x25, #MAILBOX_THREAD]
1:
  adr x9, base+SLOT_SEGV        // the earlier handlers belong to code that must not run here
  str xzr, [x9]
  adr x9, base+SLOT_BUS
  str xzr, [x9]
await_request:
  ldar w9, [x25]                // with it, all that was written before the request
  cbnz w9, serve_request
  add x0, x25, #MAILBOX_REQUEST
  mov w1, #FUTEX_WAIT
  mov w2, #0
  add x3, x25, #MAILBOX_PATIENCE
  mov x8, #SYS_FUTEX
  svc #0
  cmn x0, #ETIMEDOUT
  b.ne await_request
  ldr w0, [x25, #MAILBOX_OWNER]
  mov x1, #0
  mov x8, #SYS_KILL
  svc #0
  cmn x0, #ESRCH
  b.ne await_request
  mov x0, #0                    // nobody is left to send a request
  mov x8, #SYS_EXIT_GROUP
  svc #0
serve_request:
  ldr x9, [x25, #MAILBOX_USED]  // fork does not copy the page-table entries of shared memory: fault them in before anything counts
  mov x10, x25
1:
  ldxrb w11, [x10]
  stxrb w12, w11, [x10]
  cbnz w12, 1b
  add x10, x10, #PAGE
  subs x9, x9, #PAGE
  b.hi 1b
  add x0, x25, #MAILBOX_CONTEXT
  bl entry
  stlr wzr, [x25]
  add x0, x25, #MAILBOX_REQUEST
  mov w1, #FUTEX_WAKE
  mov w2, #1
  mov x8, #SYS_FUTEX
  svc #0
  b await_request
