# The probe on x86-64: runs a program of steps (system calls, touches of memory, skips, forks) and survives SIGSEGV and SIGBUS
# that a touch raises; fork.S is the part that forks. ../record.ts has the layout of the records in TypeScript; code.ts holds
# the bytes this file assembles to, and a test compares the two.
#
#   as -I . program.S -o program.o && objcopy -O binary -j .text program.o program.bin
#
# Called as `void entry(context *)`. This code is one page (read and execute); DATA, the page after it (read and
# write), is reached RIP-relative.
#
# Registers between steps:  rbx step   r12 steps left   r13 context   r14 chain value R
# Within a step:            r15 time before   rbp result
# Within a touch:           rdi address   rsi byte to store   r8 touches left   r9 stride   r10 sample (or 0)
.intel_syntax noprefix
.text
.set PAGE, 4096
.set DATA, PAGE
# DATA page, one slot a signal: the handler found there before ours, and whether ours was ever installed
.set SLOT_SEGV, DATA
.set SLOT_BUS,  DATA+64
.set SLOT_INSTALLED, 32

# context
.set CTX_STEPS, 0
                                # 8 to 31: as libc wants it, to call `entry`
.set CTX_COUNT, 32
.set CTX_MINFLT, 40             # counters after the last touch, for differences
.set CTX_MAJFLT, 48
.set CTX_RUSAGE, 64             # struct rusage, 144 bytes
.set RUSAGE_MINFLT, CTX_RUSAGE+64
.set RUSAGE_MAJFLT, CTX_RUSAGE+72

# step, 128 bytes
.set STEP_BYTES_LOG2, 7
.set STEP_OP, 0                 # u8
.set STEP_CHAIN, 1              # u8: bit k adds R to argument k
.set STEP_FLAGS, 2              # u8: bit 0 makes R the result of this step
.set STEP_NUMBER, 8             # system call number
.set STEP_ARGS, 16              # six words
.set STEP_RESULT, 64
.set STEP_BEFORE, 72
.set STEP_AFTER, 80
.set STEP_SIGNO, 88
.set STEP_SICODE, 92
.set STEP_SIADDR, 96
.set STEP_ERROR, 104
.set STEP_TRAP, 112
.set STEP_TOUCHED, 120

.set OP_SYSCALL, 0
.set OP_LOAD, 1
.set OP_STORE, 2
.set OP_EXEC, 3
.set OP_SKIP, 4
.set OP_FORK, 5
# sample, 32 bytes: before, after, minor faults (u32), major faults (u32), byte loaded
.set SAMPLE_BYTES, 32

# system calls
.set SYS_RT_SIGACTION, 13
.set SYS_RT_SIGRETURN, 15
.set SYS_GETRUSAGE, 98
.set RUSAGE_THREAD, 1
.set SIGBUS, 7
.set SIGSEGV, 11

# ucontext: uc_mcontext starts at 40
.set UC_RDI, 104
.set UC_RBX, 128
.set UC_RSP, 160
.set UC_RIP, 168
.set UC_ERR, 192
.set UC_TRAPNO, 200

base:
entry:
  push rbx
  push rbp
  push r12
  push r13
  push r14
  push r15
  sub rsp, 72                   # two struct kernel_sigaction
  # Where the frame of a signal will lie. A page not used yet, or shared since a fork, would fault, and count as the touch's.
.irp page, 1, 2, 3, 4
  or byte ptr [rsp-\page*PAGE], 0
.endr
  mov r13, rdi
  mov r12d, SIGSEGV
  lea rbp, [rip+base+SLOT_SEGV]
  call ensure_handler
  mov r12d, SIGBUS
  lea rbp, [rip+base+SLOT_BUS]
  call ensure_handler
  mov rbx, [r13+CTX_STEPS]
  mov r12, [r13+CTX_COUNT]
  xor r14d, r14d

next_step:
  test r12, r12
  jz done
  dec r12
  movzx eax, byte ptr [rbx+STEP_OP]
  cmp eax, OP_SKIP
  je skip
  ja fork
  cmp eax, OP_SYSCALL
  jne touch

# ---- system call ----
  mov rdi, [rbx+STEP_ARGS]
  mov rsi, [rbx+STEP_ARGS+8]
  mov rbp, [rbx+STEP_ARGS+16]   # becomes rdx, which rdtsc overwrites
  mov r10, [rbx+STEP_ARGS+24]
  mov r8, [rbx+STEP_ARGS+32]
  mov r9, [rbx+STEP_ARGS+40]
  movzx ecx, byte ptr [rbx+STEP_CHAIN]
  test ecx, ecx
  jz 7f
  test cl, 1
  jz 1f
  add rdi, r14
1: test cl, 2
  jz 2f
  add rsi, r14
2: test cl, 4
  jz 3f
  add rbp, r14
3: test cl, 8
  jz 4f
  add r10, r14
4: test cl, 16
  jz 5f
  add r8, r14
5: test cl, 32
  jz 7f
  add r9, r14
7:
  call now
  mov [rbx+STEP_BEFORE], rax
  mov rdx, rbp
  mov rax, [rbx+STEP_NUMBER]
  syscall
  mov rbp, rax

step_done:                      # rbp = result
  rdtscp                        # waits for what came before it
  lfence
  shl rdx, 32
  or rax, rdx
  mov [rbx+STEP_RESULT], rbp
  mov [rbx+STEP_AFTER], rax
  test byte ptr [rbx+STEP_FLAGS], 1
  jz advance
  mov r14, rbp
advance:
  add rbx, 1 << STEP_BYTES_LOG2
  jmp next_step

# ---- skip: argument 0 = how many, argument 1 = when: 0 R is not 0, 1 R is 0, 2 R is negative (an error) ----
skip:
  mov rax, [rbx+STEP_ARGS+8]
  cmp rax, 1
  je 1f
  ja 2f
  test r14, r14
  jz advance
  jmp 3f
1: test r14, r14
  jnz advance
  jmp 3f
2: test r14, r14
  jns advance
3:
  mov rax, [rbx+STEP_ARGS]
  cmp rax, r12
  cmova rax, r12
  sub r12, rax
  shl rax, STEP_BYTES_LOG2
  add rbx, rax
  jmp advance

.include "fork.S"

# ---- touches: arguments address, byte, count, stride, samples (or 0), 1 = counters around each ----
touch:
  mov rdi, [rbx+STEP_ARGS]
  test byte ptr [rbx+STEP_CHAIN], 1
  jz 1f
  add rdi, r14
1:
  mov rsi, [rbx+STEP_ARGS+8]
  mov r8, [rbx+STEP_ARGS+16]
  mov r9, [rbx+STEP_ARGS+24]
  mov r10, [rbx+STEP_ARGS+32]
  xor ebp, ebp
  test byte ptr [rbx+STEP_ARGS+40], 1
  jz 2f
  call counters
2:
  call now
  mov r15, rax
  mov [rbx+STEP_BEFORE], rax
  test r8, r8
  jz step_done
touch_next:
  test r10, r10
  jz 1f
  lfence                        # not a call: this is timed
  rdtsc
  shl rdx, 32
  or rax, rdx
  mov r15, rax
1:
  cmp byte ptr [rbx+STEP_OP], OP_STORE
  je do_store
  ja do_exec
at_load:
  movzx ebp, byte ptr [rdi]
  jmp touched
do_store:
at_store:
  mov [rdi], sil
  jmp touched
do_exec:
  xor eax, eax                  # two zero bytes are `add [rax], al`: that must not hit anything
  call rdi
exec_return:
touched:
  inc qword ptr [rbx+STEP_TOUCHED]
  test r10, r10
  jz 1f
  call sample
1:
  add rdi, r9
  dec r8
  jnz touch_next
  jmp step_done

resume:                         # the handler continues here after a signal: the touch failed, the rest is not done
  mov rbp, -1
  test r10, r10
  jz step_done
  call sample
  jmp step_done

# Completes the sample at r10 and moves on. Keeps rdi rsi r8 r9 rbp.
sample:
  rdtscp
  lfence
  shl rdx, 32
  or rax, rdx
  mov [r10], r15
  mov [r10+8], rax
  mov [r10+24], rbp
  test byte ptr [rbx+STEP_ARGS+40], 1
  jz 1f
  call counters
  mov [r10+16], eax
  mov [r10+20], edx
1:
  add r10, SAMPLE_BYTES
  ret

# Faults of this thread since the last call: minor in rax, major in rdx. Keeps rdi rsi r8 r9 r10.
counters:
  push rdi
  push rsi
  mov edi, RUSAGE_THREAD
  lea rsi, [r13+CTX_RUSAGE]
  mov eax, SYS_GETRUSAGE
  syscall
  pop rsi
  pop rdi
  mov rax, [r13+RUSAGE_MINFLT]
  mov rcx, rax
  sub rax, [r13+CTX_MINFLT]
  mov [r13+CTX_MINFLT], rcx
  mov rdx, [r13+RUSAGE_MAJFLT]
  mov rcx, rdx
  sub rdx, [r13+CTX_MAJFLT]
  mov [r13+CTX_MAJFLT], rcx
  ret

now:                            # time-stamp counter in rax, after everything before it; overwrites rdx
  lfence
  rdtsc
  shl rdx, 32
  or rax, rdx
  ret

done:
  add rsp, 72
  pop r15
  pop r14
  pop r13
  pop r12
  pop rbp
  pop rbx
  ret

# Installs `handler` for signal r12d unless it, or another probe's handler that leads to it, is there already.
# rbp = slot. What was there first is kept in the slot for ever, so that two probes can never point at each other.
ensure_handler:
  mov edi, r12d
  xor esi, esi
  lea rdx, [rsp+8]              # the action now
  call sigaction
  mov rax, [rsp+8]
  lea rcx, [rip+handler]
  cmp rax, rcx
  je 9f
  cmp qword ptr [rbp+SLOT_INSTALLED], 0
  je 1f
  cmp rax, 1                    # SIG_DFL, SIG_IGN
  jbe 2f
  mov rdx, [rip+family]
  cmp [rax+2], rdx
  je 9f
  jmp 2f
1:
  movups xmm0, [rsp+8]          # before ours is in place: another thread may fault at once
  movups [rbp], xmm0
  movups xmm0, [rsp+24]
  movups [rbp+16], xmm0
2:
  lea rax, [rip+handler]
  mov [rsp+40], rax
  mov qword ptr [rsp+48], 0x4C000004  # SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_NODEFER
  lea rax, [rip+restorer]
  mov [rsp+56], rax
  mov qword ptr [rsp+64], 0
  mov edi, r12d
  lea rsi, [rsp+40]
  xor edx, edx
  call sigaction
  mov qword ptr [rbp+SLOT_INSTALLED], 1
9:
  ret

sigaction:
  mov r10d, 8
  mov eax, SYS_RT_SIGACTION
  syscall
  ret

restorer:
  mov eax, SYS_RT_SIGRETURN
  syscall

# ---- signal handler: edi signal, rsi siginfo, rdx ucontext ----
handler:
  jmp short 1f
family:
  .ascii "mmaplab1"             # how one probe knows the handler of another (another version, another thread)
1:
  cmp dword ptr [rsi+8], 0      # si_code <= 0: sent by kill(2), not raised by an access
  jle chain
  mov rax, [rdx+UC_RIP]
  lea rcx, [rip+at_load]
  cmp rax, rcx
  je ours
  lea rcx, [rip+at_store]
  cmp rax, rcx
  je ours
  cmp rax, [rdx+UC_RDI]         # executing the touched byte, called from do_exec?
  jne chain
  mov rcx, [rdx+UC_RSP]
  lea r8, [rip+exec_return]
  cmp [rcx], r8
  jne chain
  add qword ptr [rdx+UC_RSP], 8
ours:
  mov rcx, [rdx+UC_RBX]
  mov [rcx+STEP_SIGNO], edi
  mov eax, [rsi+8]
  mov [rcx+STEP_SICODE], eax
  mov rax, [rsi+16]
  mov [rcx+STEP_SIADDR], rax
  mov rax, [rdx+UC_ERR]
  mov [rcx+STEP_ERROR], rax
  mov rax, [rdx+UC_TRAPNO]
  mov [rcx+STEP_TRAP], rax
  lea rax, [rip+resume]
  mov [rdx+UC_RIP], rax
  ret
chain:                          # not from a touch: whoever handled the signal before us (V8 does, for WebAssembly)
  lea rcx, [rip+base+SLOT_SEGV]
  cmp edi, SIGSEGV
  je 1f
  lea rcx, [rip+base+SLOT_BUS]
1:
  mov rax, [rcx]
  cmp rax, 1
  jbe 2f
  jmp rax
2:                              # nobody: put the default back; the access repeats and ends the process as it would have
  mov rsi, rcx
  xor edx, edx
  jmp sigaction
code_end:
