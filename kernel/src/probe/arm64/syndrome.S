// What the processor says about an access it refused: the exception syndrome register ESR_EL1. The kernel puts it into the
// signal frame as one of the records after the registers (arch/arm64/include/uapi/asm/sigcontext.h).

// ucontext: uc_mcontext starts at 176
.set UC_REGISTERS, 184          // x0 to x30
.set UC_PC, 440
.set UC_RECORDS, 464            // each a magic number (u32), its size in bytes (u32) and what it holds; a size of 0 ends them
.set UC_RECORDS_BYTES, 4096
.set RECORD_HEAD, 8
.set ESR_MAGIC_LOW, 0x5201      // "ESR", 1
.set ESR_MAGIC_HIGH, 0x4553

// x2 ucontext. The register goes to x11, 0 where the frame has none (a signal that was sent). Overwrites x12 to x15 and x9.
syndrome:
  mov x11, #0
  mov w9, #ESR_MAGIC_LOW
  movk w9, #ESR_MAGIC_HIGH, lsl 16
  add x12, x2, #UC_RECORDS
  add x13, x12, #UC_RECORDS_BYTES-2*RECORD_HEAD
1:
  ldp w14, w15, [x12]
  cmp w14, w9
  b.eq 2f
  cmp w15, #RECORD_HEAD
  b.lo 3f
  add x12, x12, x15
  cmp x12, x13
  b.ls 1b
  ret
2:
  ldr x11, [x12, #RECORD_HEAD]
3:
  ret
