// The last words of a process on arm64: a handler for signals that end a process. It first lets the handler that was there
// before do its work (V8 turns faults of WebAssembly into exceptions, the probe survives touches). Only where that has given up, or
// where there was none, it writes a report to a file descriptor and has the signal end the process as it would have.
// Only system calls, no stack below the frame, no memory but its own: signal-safety(7).
// ../last-words.ts installs it; ../last-words-report.ts reads the report. The x86-64 side does the same with the same names.
//
//   aarch64-linux-gnu-as -I . last-words.S -o last-words.o && aarch64-linux-gnu-objcopy -O binary -j .text last-words.o last-words.bin
//
// Layout: this code is at the start of 64 KiB (read and execute), because the kernel's pages may be that large; what lies after
// it is DATA (read and write), reached relative to the program counter.
//
// Registers:  w19 signal   w20 file descriptor   x21 siginfo   x22 ucontext   w23 descriptor of the maps file
.text

.set DATA, 65536
.set PREVIOUS, DATA                 // handler found for signal n, 8 bytes each; 0 where none
.set DESCRIPTOR, DATA+512           // u32, where the report goes
.set SPOKEN, DATA+516               // u32, 1 once a thread has begun to report
.set REPORT, DATA+1024
.set REPORT_SIGNO, 16               // after the 16 bytes ../last-words.ts puts there
.set REPORT_CODE, 20
.set REPORT_ADDRESS, 24
.set REPORT_PC, 32
.set REPORT_ERROR, 40               // the exception syndrome
.set REPORT_TRAP, 48                // the class of the exception in it
.set REPORT_PID, 56
.set REPORT_TID, 60
.set REPORT_BYTES, 64
.set TEXT, DATA+4096
.set TEXT_BYTES, 12288

.set SYS_OPENAT, 56                 // open(2) and pause(2) are not there
.set SYS_READ, 63
.set SYS_WRITE, 64
.set SYS_PPOLL, 73
.set SYS_TGKILL, 131
.set SYS_RT_SIGACTION, 134
.set SYS_RT_SIGPROCMASK, 135
.set SYS_RT_SIGRETURN, 139
.set SYS_GETPID, 172
.set SYS_GETTID, 178
.set SIG_BLOCK, 0
.set AT_FDCWD, -100
.set O_CLOEXEC, 0x80000
.set EINTR, 4
.set MASK_BYTES, 8
.set SYNDROME_CLASS, 26             // where the class of the exception starts, six bits

.set FRAME, 96
.set ACTION, 64                     // struct kernel_sigaction in the frame

base:
restorer:                           // at the start, so that its address is the page's
  mov x8, #SYS_RT_SIGRETURN
  svc #0
  brk #0
  brk #0

handler:                            // at 16; w0 signal, x1 siginfo, x2 ucontext
  b 1f
  .ascii "mmaplab1"                 // by this the probe knows that it need not put itself above this handler
1:
  stp x29, x30, [sp, #-FRAME]!
  mov x29, sp
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  str x23, [sp, #48]
  mov w19, w0
  mov x21, x1
  mov x22, x2

  // Blocked until this handler returns, so that a handler below that raises the signal anew comes back here first.
  sub w9, w19, #1
  mov x10, #1
  lsl x10, x10, x9
  str x10, [sp, #ACTION]
  mov w0, #SIG_BLOCK
  add x1, sp, #ACTION
  mov x2, #0
  mov x3, #MASK_BYTES
  mov x8, #SYS_RT_SIGPROCMASK
  svc #0

  adr x9, base+PREVIOUS
  ldr x9, [x9, x19, lsl #3]
  cbz x9, report
  mov w0, w19
  mov x1, x21
  mov x2, x22
  blr x9
  mov w0, w19                       // one that has given up has put the default action back
  mov x1, #0
  add x2, sp, #ACTION
  bl sigaction
  ldr x9, [sp, #ACTION]
  cbnz x9, return

report:
  adr x9, base+SPOKEN
  mov w10, #1
1:
  ldaxr w11, [x9]
  stlxr w12, w10, [x9]
  cbnz w12, 1b
  cbnz w11, wait
  adr x10, base+REPORT
  str w19, [x10, #REPORT_SIGNO]
  ldr w9, [x21, #8]
  str w9, [x10, #REPORT_CODE]
  ldr x9, [x21, #16]
  str x9, [x10, #REPORT_ADDRESS]
  ldr x9, [x22, #UC_PC]
  str x9, [x10, #REPORT_PC]
  mov x2, x22
  bl syndrome
  str x11, [x10, #REPORT_ERROR]
  ubfx x11, x11, #SYNDROME_CLASS, #6
  str x11, [x10, #REPORT_TRAP]
  mov x8, #SYS_GETPID
  svc #0
  str w0, [x10, #REPORT_PID]
  mov x8, #SYS_GETTID
  svc #0
  str w0, [x10, #REPORT_TID]
  adr x9, base+DESCRIPTOR
  ldr w20, [x9]
  mov x1, x10
  mov x2, #REPORT_BYTES
  bl write_all
  tbnz x0, #63, default

  mov x0, #AT_FDCWD
  adr x1, maps
  mov w2, #O_CLOEXEC                // and O_RDONLY, which is 0
  mov w3, #0
  mov x8, #SYS_OPENAT
  svc #0
  tbnz w0, #31, default
  mov w23, w0
1:
  mov w0, w23
  adr x1, base+TEXT
  mov x2, #TEXT_BYTES
  mov x8, #SYS_READ
  svc #0
  cmn x0, #EINTR
  b.eq 1b
  cmp x0, #0
  b.le default
  mov x2, x0
  adr x1, base+TEXT
  bl write_all
  tbz x0, #63, 1b

default:                            // the default action, as soon as this handler returns and the signal is no longer blocked
  stp xzr, xzr, [sp, #ACTION]
  stp xzr, xzr, [sp, #ACTION+16]
  mov w0, w19
  add x1, sp, #ACTION
  mov x2, #0
  bl sigaction
  mov x8, #SYS_GETPID
  svc #0
  mov w21, w0
  mov x8, #SYS_GETTID
  svc #0
  mov w1, w0
  mov w0, w21
  mov w2, w19
  mov x8, #SYS_TGKILL               // not only a return: a signal that was sent does not come again by itself
  svc #0
return:
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldr x23, [sp, #48]
  ldp x29, x30, [sp], #FRAME
  ret

wait:                               // another thread reports, and ends the process when it is done
  mov x0, #0
  mov x1, #0
  mov x2, #0
  mov x3, #0
  mov x8, #SYS_PPOLL
  svc #0
  b wait

// Writes x2 bytes at x1 to the descriptor w20. x0 is negative where that failed. Overwrites x8.
write_all:
  cbz x2, 2f
  mov w0, w20
  mov x8, #SYS_WRITE
  svc #0
  cmn x0, #EINTR
  b.eq write_all
  tbnz x0, #63, 3f
  add x1, x1, x0
  sub x2, x2, x0
  b write_all
2: mov x0, #0
3: ret

sigaction:                          // w0 signal, x1 new action or 0, x2 old action or 0
  mov x3, #MASK_BYTES
  mov x8, #SYS_RT_SIGACTION
  svc #0
  ret

.include "syndrome.S"

maps:
  .asciz "/proc/self/maps"
code_end:
