/*
 * The peer of the probe's bench: the same work as a C program does it. Answers each line of its input, "pairs N" or "faults N",
 * with the nanoseconds that one of N took.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define PAGE 4096UL

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static char *map(size_t bytes)
{
    char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return at;
}

/* One mmap and one munmap of a page. Beside memory with other rights, so that it never merges with a neighbour: that takes longer. */
static double pairs(long count)
{
    double start;

    mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    start = now();
    for (long i = 0; i < count; i++)
        munmap(map(PAGE), PAGE);
    return (now() - start) / count;
}

/* One store to each of many fresh pages, each with a fault. */
static double faults(long count)
{
    volatile char *at = map(count * PAGE);
    double start, took;

    madvise((void *)at, count * PAGE, MADV_NOHUGEPAGE);
    start = now();
    for (long i = 0; i < count; i++)
        at[i * PAGE] = 1;
    took = now() - start;
    munmap((void *)at, count * PAGE);
    return took / count;
}

int main(void)
{
    char what[16];
    long count;

    while (scanf("%15s %ld", what, &count) == 2) {
        double (*work)(long) = strcmp(what, "pairs") == 0 ? pairs : faults;

        work(count / 4); /* the processor wakes up */
        printf("%.1f\n", work(count));
        fflush(stdout);
    }
    return 0;
}
