// The probe on arm64: runs a program of steps (system calls, touches of memory, skips, forks) and survives SIGSEGV and SIGBUS
// that a touch raises; fork.S is the part that forks, syndrome.S reads what the processor says about a refused access.
// ../record.ts has the layout of the records in TypeScript; code.ts holds the bytes this file assembles to, and a test compares
// the two. The x86-64 side does the same with the same names.
//
//   aarch64-linux-gnu-as -I . program.S -o program.o && aarch64-linux-gnu-objcopy -O binary -j .text program.o program.bin
//
// Called as `void entry(context *)`. The code is at the start of 64 KiB (read and execute), because the kernel's pages may be
// that large; DATA, the 64 KiB after it (read and write), is reached relative to the program counter.
//
// Registers between steps:  x19 step   x20 steps left   x21 context   x22 chain value R
// Within a step:            x23 time before   x24 result
// Within a touch:           x25 address   x26 byte to store   x27 touches left   x28 stride   x4 sample (or 0)
//                           x5 bit 0: counters   x6 operation   x7 not 0: instruction caches do not see a store by themselves
// A system call changes x0 alone.
.text
.set PAGE, 4096                 // the smallest there is
.set DATA, 65536
// DATA, one slot a signal: the handler found there before ours, and whether ours was ever installed
.set SLOT_SEGV, DATA
.set SLOT_BUS,  DATA+64
.set SLOT_INSTALLED, 32

// context
.set CTX_STEPS, 0
                                // 8 to 31: as libc wants it, to call `entry`
.set CTX_COUNT, 32
.set CTX_MINFLT, 40             // counters after the last touch, for differences
.set CTX_MAJFLT, 48
.set CTX_RUSAGE, 64             // struct rusage, 144 bytes
.set RUSAGE_MINFLT, CTX_RUSAGE+64
.set RUSAGE_MAJFLT, CTX_RUSAGE+72

// step, 128 bytes
.set STEP_BYTES_LOG2, 7
.set STEP_OP, 0                 // u8
.set STEP_CHAIN, 1              // u8: bit k adds R to argument k
.set STEP_FLAGS, 2              // u8: bit 0 makes R the result of this step
.set STEP_NUMBER, 8             // system call number
.set STEP_ARGS, 16              // six words
.set STEP_RESULT, 64
.set STEP_BEFORE, 72
.set STEP_AFTER, 80
.set STEP_SIGNO, 88
.set STEP_SICODE, 92
.set STEP_SIADDR, 96
.set STEP_ERROR, 104            // the exception syndrome
.set STEP_TRAP, 112             // the class of the exception in it
.set STEP_TOUCHED, 120

.set OP_SYSCALL, 0
.set OP_LOAD, 1
.set OP_STORE, 2
.set OP_EXEC, 3
.set OP_SKIP, 4
.set OP_FORK, 5
// sample, 32 bytes: before, after, minor faults (u32), major faults (u32), byte loaded
.set SAMPLE_BYTES, 32

// system calls
.set SYS_RT_SIGACTION, 134
.set SYS_RT_SIGRETURN, 139
.set SYS_GETRUSAGE, 165
.set RUSAGE_THREAD, 1
.set SIGBUS, 7
.set SIGSEGV, 11

// CTR_EL0: both bits say that a store needs no cache maintenance to be executed
.set CTR_IDC_DIC, 3 << 28
.set SYNDROME_CLASS, 26         // where the class of the exception starts, six bits

.set FRAME, 160
.set ACTION_NOW, 96             // two struct kernel_sigaction in the frame
.set ACTION_NEW, 128

.macro before time              // the counter, after everything before it
  isb
  mrs \time, cntvct_el0
.endm
.macro after time               // the same, once loads have their data
  dsb nshld
  isb
  mrs \time, cntvct_el0
  isb
.endm

base:
entry:
  stp x29, x30, [sp, #-FRAME]!
  mov x29, sp
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  // Where the frame of a signal will lie. A page not used yet, or shared since a fork, would fault, and count as the touch's.
.irp page, 1, 2, 3, 4
  sub x9, sp, #\page*PAGE
  ldrb w10, [x9]
  strb w10, [x9]
.endr
  dmb ish                       // whoever sees a store of the program sees what was written before it
  mov x21, x0
  mov w20, #SIGSEGV
  adr x24, base+SLOT_SEGV
  bl ensure_handler
  mov w20, #SIGBUS
  adr x24, base+SLOT_BUS
  bl ensure_handler
  ldr x19, [x21, #CTX_STEPS]
  ldr x20, [x21, #CTX_COUNT]
  mov x22, #0

next_step:
  cbz x20, done
  sub x20, x20, #1
  ldrb w6, [x19, #STEP_OP]
  cmp w6, #OP_SKIP
  b.eq skip
  b.hi fork
  cmp w6, #OP_SYSCALL
  b.ne touch

// ---- system call ----
  ldp x0, x1, [x19, #STEP_ARGS]
  ldp x2, x3, [x19, #STEP_ARGS+16]
  ldp x4, x5, [x19, #STEP_ARGS+32]
  ldr x8, [x19, #STEP_NUMBER]
  ldrb w9, [x19, #STEP_CHAIN]
  cbz w9, 7f
  tbz w9, #0, 1f
  add x0, x0, x22
1: tbz w9, #1, 2f
  add x1, x1, x22
2: tbz w9, #2, 3f
  add x2, x2, x22
3: tbz w9, #3, 4f
  add x3, x3, x22
4: tbz w9, #4, 5f
  add x4, x4, x22
5: tbz w9, #5, 7f
  add x5, x5, x22
7:
  before x9
  str x9, [x19, #STEP_BEFORE]
  svc #0
  mov x24, x0

step_done:                      // x24 = result
  after x9
  str x24, [x19, #STEP_RESULT]
  str x9, [x19, #STEP_AFTER]
  ldrb w9, [x19, #STEP_FLAGS]
  tbz w9, #0, advance
  mov x22, x24
advance:
  add x19, x19, #1 << STEP_BYTES_LOG2
  b next_step

// ---- skip: argument 0 = how many, argument 1 = when: 0 R is not 0, 1 R is 0, 2 R is negative (an error) ----
skip:
  ldp x9, x10, [x19, #STEP_ARGS]
  cmp x10, #1
  b.eq 1f
  b.hi 2f
  cbz x22, advance
  b 3f
1: cbnz x22, advance
  b 3f
2: tbz x22, #63, advance
3:
  cmp x9, x20
  csel x9, x9, x20, ls
  sub x20, x20, x9
  add x19, x19, x9, lsl #STEP_BYTES_LOG2
  b advance

.include "fork.S"

// ---- touches: arguments address, byte, count, stride, samples (or 0), 1 = counters around each ----
touch:
  ldp x25, x26, [x19, #STEP_ARGS]
  ldp x27, x28, [x19, #STEP_ARGS+16]
  ldp x4, x5, [x19, #STEP_ARGS+32]
  ldrb w9, [x19, #STEP_CHAIN]
  tbz w9, #0, 1f
  add x25, x25, x22
1:
  mov x24, #0
  mov x7, #0
  cmp w6, #OP_STORE
  b.ne 2f
  mrs x9, ctr_el0
  and x9, x9, #CTR_IDC_DIC
  eor x7, x9, #CTR_IDC_DIC
2:
  tbz w5, #0, 3f
  bl counters
3:
  before x23
  str x23, [x19, #STEP_BEFORE]
  cbz x27, step_done
touch_next:
  cbz x4, 1f
  before x23
1:
  cmp w6, #OP_STORE
  b.eq at_store
  b.hi do_exec
at_load:
  ldrb w24, [x25]
  b touched
at_store:
  strb w26, [x25]
  b touched
do_exec:
  blr x25
exec_return:
touched:
  ldr x9, [x19, #STEP_TOUCHED]
  add x9, x9, #1
  str x9, [x19, #STEP_TOUCHED]
  cbz x4, 1f
  bl sample
1:
  cbz x7, synced
at_clean:                       // what was stored may be executed by a later step
  dc cvau, x25
  dsb ish
at_invalidate:
  ic ivau, x25
  dsb ish
  isb
synced:
  add x25, x25, x28
  subs x27, x27, #1
  b.ne touch_next
  b step_done

resume:                         // the handler continues here after a signal: the touch failed, the rest is not done
  mov x24, #-1
  cbz x4, step_done
  bl sample
  b step_done

// Completes the sample at x4 and moves on. Overwrites x0, x1 and x8 to x15.
sample:
  after x9
  stp x23, x9, [x4]
  str x24, [x4, #24]
  tbz w5, #0, 1f
  mov x15, x30
  bl counters
  mov x30, x15
  stp w0, w1, [x4, #16]
1:
  add x4, x4, #SAMPLE_BYTES
  ret

// Faults of this thread since the last call: minor in x0, major in x1. Overwrites x8 to x10.
counters:
  mov w0, #RUSAGE_THREAD
  add x1, x21, #CTX_RUSAGE
  mov x8, #SYS_GETRUSAGE
  svc #0
  ldr x9, [x21, #RUSAGE_MINFLT]
  ldr x10, [x21, #CTX_MINFLT]
  str x9, [x21, #CTX_MINFLT]
  sub x0, x9, x10
  ldr x9, [x21, #RUSAGE_MAJFLT]
  ldr x10, [x21, #CTX_MAJFLT]
  str x9, [x21, #CTX_MAJFLT]
  sub x1, x9, x10
  ret

done:
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp x29, x30, [sp], #FRAME
  ret

// Installs `handler` for signal w20 unless it, or another probe's handler that leads to it, is there already.
// x24 = slot. What was there first is kept in the slot for ever, so that two probes can never point at each other.
// Overwrites x23.
ensure_handler:
  mov x23, x30
  mov w0, w20
  mov x1, #0
  add x2, sp, #ACTION_NOW       // the action now
  bl sigaction
  ldr x9, [sp, #ACTION_NOW]
  adr x10, handler
  cmp x9, x10
  b.eq 9f
  ldr x11, [x24, #SLOT_INSTALLED]
  cbz x11, 1f
  cmp x9, #1                    // SIG_DFL, SIG_IGN
  b.ls 2f
  ldr x11, family
  ldur x12, [x9, #family-handler]
  cmp x11, x12
  b.eq 9f
  b 2f
1:
  ldp x11, x12, [sp, #ACTION_NOW] // before ours is in place: another thread may fault at once
  stp x11, x12, [x24]
  ldp x11, x12, [sp, #ACTION_NOW+16]
  stp x11, x12, [x24, #16]
  dmb ish
2:
  mov x11, #0x4
  movk x11, #0x4C00, lsl 16     // SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_NODEFER
  adr x12, restorer             // not the vdso's: a bare process has none
  stp x10, x11, [sp, #ACTION_NEW]
  stp x12, xzr, [sp, #ACTION_NEW+16]
  mov w0, w20
  add x1, sp, #ACTION_NEW
  mov x2, #0
  bl sigaction
  mov x11, #1
  str x11, [x24, #SLOT_INSTALLED]
9:
  ret x23

sigaction:                      // w0 signal, x1 new action or 0, x2 old action or 0
  mov x3, #8
  mov x8, #SYS_RT_SIGACTION
  svc #0
  ret

restorer:
  mov x8, #SYS_RT_SIGRETURN
  svc #0

// ---- signal handler: w0 signal, x1 siginfo, x2 ucontext ----
handler:
  b 1f
family:
  .ascii "mmaplab1"             // how one probe knows the handler of another (another version, another thread)
1:
  ldr w9, [x1, #8]              // si_code <= 0: sent by kill(2), not raised by an access
  cmp w9, #0
  b.le chain
  ldr x9, [x2, #UC_PC]
  adr x10, at_load
  cmp x9, x10
  b.eq ours
  adr x10, at_store
  cmp x9, x10
  b.eq ours
  adr x10, at_clean
  cmp x9, x10
  b.eq unsynced
  adr x10, at_invalidate
  cmp x9, x10
  b.eq unsynced
  ldr x10, [x2, #UC_REGISTERS+25*8] // executing the touched byte, called from do_exec?
  cmp x9, x10
  b.ne chain
  ldr x10, [x2, #UC_REGISTERS+30*8]
  adr x11, exec_return
  cmp x10, x11
  b.ne chain
ours:
  mov x16, x30
  ldr x10, [x2, #UC_REGISTERS+19*8]
  ldr w9, [x1, #8]
  stp w0, w9, [x10, #STEP_SIGNO]
  ldr x9, [x1, #16]
  str x9, [x10, #STEP_SIADDR]
  bl syndrome
  str x11, [x10, #STEP_ERROR]
  ubfx x11, x11, #SYNDROME_CLASS, #6
  str x11, [x10, #STEP_TRAP]
  adr x9, resume
  str x9, [x2, #UC_PC]
  ret x16
unsynced:                       // what was stored to has been unmapped meanwhile: nothing is there to be executed
  adr x9, synced
  str x9, [x2, #UC_PC]
  ret
chain:                          // not from a touch: whoever handled the signal before us (V8 does, for WebAssembly)
  adr x9, base+SLOT_SEGV
  cmp w0, #SIGSEGV
  b.eq 1f
  adr x9, base+SLOT_BUS
1:
  ldr x16, [x9]
  cmp x16, #1
  b.ls 2f
  br x16                        // by x16 it may go where branches have marked targets (BTI)
2:                              // nobody: put the default back; the access repeats and ends the process as it would have
  mov x1, x9
  mov x2, #0
  b sigaction

.include "syndrome.S"
code_end:
