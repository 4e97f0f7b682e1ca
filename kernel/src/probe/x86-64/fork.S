# The part of program.S that forks. The child never runs what called the program: it serves further programs, which it finds in
# memory it shares with whoever sends them.

# mailbox of a forked process, in memory it shares: a 32-bit word that is 1 from request to answer, and what goes with it
.set MAILBOX_REQUEST, 0         # u32, a futex
.set MAILBOX_OWNER, 4           # u32: the process that sends requests
.set MAILBOX_PATIENCE, 8        # struct timespec: how long to wait before looking whether the owner still lives
.set MAILBOX_USED, 24           # bytes from the mailbox's start that a program may touch
.set MAILBOX_THREAD, 32         # the thread pointer, as the C library set it
.set MAILBOX_STACK_END, 32768   # the stack grows down to the words above
.set MAILBOX_CONTEXT, 32768
.set SYS_CLONE, 56
.set SYS_KILL, 62
.set SYS_FUTEX, 202
.set SYS_EXIT_GROUP, 231
.set FUTEX_WAIT, 0
.set FUTEX_WAKE, 1
.set ESRCH, 3
.set ETIMEDOUT, 110

# ---- fork: argument 0 = the child's mailbox, argument 1 = flags of clone(2), argument 2 = 1 where the child still has the C
# library's thread pointer and is to write it down, 2 where the child is a thread of this process, whose earlier handlers stay.
# The child reads nothing of this program: its owner may be writing the next one already ----
fork:
  mov r15, [rbx+STEP_ARGS]
  mov r9, [rbx+STEP_ARGS+16]
  mov rdi, [rbx+STEP_ARGS+8]
  xor esi, esi                  # the same stack pointer
  call now
  mov [rbx+STEP_BEFORE], rax
  xor edx, edx
  xor r10d, r10d
  xor r8d, r8d
  mov eax, SYS_CLONE
  syscall
  mov rbp, rax
  test rax, rax
  jnz step_done

# The child, with its mailbox in r15. Its stack lies there too: a page of the parent's would be copied on write, and counted.
  lea rsp, [r15+MAILBOX_STACK_END]
  cmp r9, 1
  ja await_request
  jb 1f
  mov rax, fs:0
  mov [r15+MAILBOX_THREAD], rax
1:
  mov qword ptr [rip+base+SLOT_SEGV], 0 # the earlier handlers belong to code that must not run here
  mov qword ptr [rip+base+SLOT_BUS], 0
await_request:
  cmp dword ptr [r15+MAILBOX_REQUEST], 0
  jne serve_request
  lea rdi, [r15+MAILBOX_REQUEST]
  mov esi, FUTEX_WAIT
  xor edx, edx
  lea r10, [r15+MAILBOX_PATIENCE]
  mov eax, SYS_FUTEX
  syscall
  cmp rax, -ETIMEDOUT
  jne await_request
  mov edi, [r15+MAILBOX_OWNER]
  xor esi, esi
  mov eax, SYS_KILL
  syscall
  cmp rax, -ESRCH
  jne await_request
  xor edi, edi                  # nobody is left to send a request
  mov eax, SYS_EXIT_GROUP
  syscall
serve_request:
  mov rcx, [r15+MAILBOX_USED]   # fork does not copy the page-table entries of shared memory: fault them in before anything counts
  mov rax, r15
1: lock or byte ptr [rax], 0
  add rax, PAGE
  sub rcx, PAGE
  ja 1b
  lea rdi, [r15+MAILBOX_CONTEXT]
  call entry
  mov dword ptr [r15+MAILBOX_REQUEST], 0
  lea rdi, [r15+MAILBOX_REQUEST]
  mov esi, FUTEX_WAKE
  mov edx, 1
  mov eax, SYS_FUTEX
  syscall
  jmp await_request
