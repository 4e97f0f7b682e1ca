/*
 * The peer of the bench `pager`: a pager in C. A thread serves the page faults of the main thread through userfaultfd, one
 * page of bytes a fault; the main thread touches each page. Prints the nanoseconds a fault took, of each page, one a line.
 * Argument: the number of pages.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static char *start;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *serve(void *argument) {
  int fd = *(int *)argument;
  char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (;;) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    struct uffd_msg message;
    if (poll(&wait, 1, -1) < 0) fail("poll");
    if (read(fd, &message, sizeof message) != sizeof message) continue;
    unsigned long at = message.arg.pagefault.address & ~(PAGE - 1UL);
    memset(page, (int)((at - (unsigned long)start) / PAGE), PAGE);
    struct uffdio_copy copy = {.dst = at, .src = (unsigned long)page, .len = PAGE};
    if (ioctl(fd, UFFDIO_COPY, &copy) < 0) fail("UFFDIO_COPY");
  }
  return NULL;
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int count, char **arguments) {
  long pages = count > 1 ? atol(arguments[1]) : 1000;
  int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
  struct uffdio_api api = {.api = UFFD_API};
  if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0) fail("userfaultfd");
  start = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct uffdio_register all = {.range = {.start = (unsigned long)start, .len = pages * PAGE}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(fd, UFFDIO_REGISTER, &all) < 0) fail("UFFDIO_REGISTER");
  pthread_t thread;
  if (pthread_create(&thread, NULL, serve, &fd) != 0) fail("pthread_create");
  int64_t *took = malloc(pages * sizeof *took);
  for (long page = 0; page < pages; page++) {
    int64_t before = now();
    (void)*(volatile char *)(start + page * PAGE);
    took[page] = now() - before;
  }
  for (long page = 0; page < pages; page++) printf("%lld\n", (long long)took[page]);
  return 0;
}
