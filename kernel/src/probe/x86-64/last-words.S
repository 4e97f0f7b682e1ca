# The last words of a process on x86-64: a handler for signals that end a process. It first lets the handler that was there
# before do its work (V8 turns faults of WebAssembly into exceptions, the probe survives touches). Only where that has given up, or
# where there was none, it writes a report to a file descriptor and has the signal end the process as it would have.
# Only system calls, no stack below the frame, no memory but its own: signal-safety(7).
# ../last-words.ts installs it; ../last-words-report.ts reads the report.
#
#   as last-words.S -o last-words.o && objcopy -O binary -j .text last-words.o last-words.bin
#
# Layout: this code is one page (read and execute); the pages after it are DATA (read and write), reached RIP-relative.
#
# Registers:  rbx signal   rbp file descriptor   r12 siginfo   r13 ucontext   r14 descriptor of the maps file
.intel_syntax noprefix
.text

.set DATA, 4096
.set PREVIOUS, DATA                 # handler found for signal n, 8 bytes each; 0 where none
.set DESCRIPTOR, DATA+512           # u32, where the report goes
.set SPOKEN, DATA+516               # u32, 1 once a thread has begun to report
.set REPORT, DATA+1024
.set REPORT_SIGNO, REPORT+16        # after the 16 bytes ../last-words.ts puts there
.set REPORT_CODE, REPORT+20
.set REPORT_ADDRESS, REPORT+24
.set REPORT_RIP, REPORT+32
.set REPORT_ERROR, REPORT+40
.set REPORT_TRAP, REPORT+48
.set REPORT_PID, REPORT+56
.set REPORT_TID, REPORT+60
.set REPORT_BYTES, 64
.set TEXT, DATA+4096
.set TEXT_BYTES, 12288

.set SYS_READ, 0
.set SYS_WRITE, 1
.set SYS_OPEN, 2
.set SYS_RT_SIGACTION, 13
.set SYS_RT_SIGPROCMASK, 14
.set SYS_RT_SIGRETURN, 15
.set SYS_PAUSE, 34
.set SYS_GETPID, 39
.set SYS_GETTID, 186
.set SYS_TGKILL, 234
.set SIG_BLOCK, 0
.set O_CLOEXEC, 0x80000
.set EINTR, 4
.set MASK_BYTES, 8

.set UC_RIP, 168
.set UC_ERR, 192
.set UC_TRAPNO, 200

base:
restorer:                           # at the start, so that its address is the page's
  mov eax, SYS_RT_SIGRETURN
  syscall
  .balign 16, 0xcc

handler:                            # at 16; edi signal, rsi siginfo, rdx ucontext
  jmp short 1f
  .ascii "mmaplab1"                 # by this the probe knows that it need not put itself above this handler
1:
  push rbx
  push rbp
  push r12
  push r13
  push r14
  sub rsp, 32                       # struct kernel_sigaction
  mov ebx, edi
  mov r12, rsi
  mov r13, rdx

  # Blocked until this handler returns, so that a handler below that raises the signal anew comes back here first.
  lea ecx, [rbx-1]
  mov eax, 1
  shl rax, cl
  mov [rsp], rax
  mov edi, SIG_BLOCK
  mov rsi, rsp
  xor edx, edx
  mov r10d, MASK_BYTES
  mov eax, SYS_RT_SIGPROCMASK
  syscall

  lea rax, [rip+base+PREVIOUS]
  mov rax, [rax+rbx*8]
  test rax, rax
  jz report
  mov edi, ebx
  mov rsi, r12
  mov rdx, r13
  call rax
  mov edi, ebx                      # one that has given up has put the default action back
  xor esi, esi
  mov rdx, rsp
  call sigaction
  cmp qword ptr [rsp], 0
  jne return

report:
  mov eax, 1
  xchg [rip+base+SPOKEN], eax
  test eax, eax
  jnz wait
  mov [rip+base+REPORT_SIGNO], ebx
  mov eax, [r12+8]
  mov [rip+base+REPORT_CODE], eax
  mov rax, [r12+16]
  mov [rip+base+REPORT_ADDRESS], rax
  mov rax, [r13+UC_RIP]
  mov [rip+base+REPORT_RIP], rax
  mov rax, [r13+UC_ERR]
  mov [rip+base+REPORT_ERROR], rax
  mov rax, [r13+UC_TRAPNO]
  mov [rip+base+REPORT_TRAP], rax
  mov eax, SYS_GETPID
  syscall
  mov [rip+base+REPORT_PID], eax
  mov eax, SYS_GETTID
  syscall
  mov [rip+base+REPORT_TID], eax
  mov ebp, [rip+base+DESCRIPTOR]
  lea rsi, [rip+base+REPORT]
  mov edx, REPORT_BYTES
  call write_all
  test rax, rax
  js default

  lea rdi, [rip+maps]
  mov esi, O_CLOEXEC                # and O_RDONLY, which is 0
  xor edx, edx
  mov eax, SYS_OPEN
  syscall
  test eax, eax
  js default
  mov r14d, eax
1:
  mov edi, r14d
  lea rsi, [rip+base+TEXT]
  mov edx, TEXT_BYTES
  mov eax, SYS_READ
  syscall
  cmp rax, -EINTR
  je 1b
  test rax, rax
  jle default
  mov rdx, rax
  lea rsi, [rip+base+TEXT]
  call write_all
  test rax, rax
  jns 1b

default:                            # the default action, as soon as this handler returns and the signal is no longer blocked
  xor eax, eax
  mov [rsp], rax
  mov [rsp+8], rax
  mov [rsp+16], rax
  mov [rsp+24], rax
  mov edi, ebx
  mov rsi, rsp
  xor edx, edx
  call sigaction
  mov eax, SYS_GETPID
  syscall
  mov r12d, eax
  mov eax, SYS_GETTID
  syscall
  mov edi, r12d
  mov esi, eax
  mov edx, ebx
  mov eax, SYS_TGKILL               # not only a return: a signal that was sent does not come again by itself
  syscall
return:
  add rsp, 32
  pop r14
  pop r13
  pop r12
  pop rbp
  pop rbx
  ret

wait:                               # another thread reports, and ends the process when it is done
  mov eax, SYS_PAUSE
  syscall
  jmp wait

# Writes rdx bytes at rsi to the descriptor rbp. rax is negative where that failed.
write_all:
  test rdx, rdx
  jz 2f
  mov edi, ebp
  mov eax, SYS_WRITE
  syscall
  cmp rax, -EINTR
  je write_all
  test rax, rax
  js 3f
  add rsi, rax
  sub rdx, rax
  jmp write_all
2: xor eax, eax
3: ret

sigaction:                          # edi signal, rsi new action or 0, rdx old action or 0
  mov r10d, MASK_BYTES
  mov eax, SYS_RT_SIGACTION
  syscall
  ret

maps:
  .asciz "/proc/self/maps"
code_end:
