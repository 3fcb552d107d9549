/* Threads that count references to one object, all at the same time. Needs no Python. */
#ifndef GILSCOPE_LAB_RACE_H
#define GILSCOPE_LAB_RACE_H

#include "ways.h"

#define MOST_THREADS 64
#define MOST_REPEATS 1000000000u /* a biased local count has 32 bits */
#define TURN 10000               /* passes of the loop for which TURNS keeps its lock */

struct race {
    enum way way;
    int threads;
    uint64_t repeat;  /* passes of each thread */
    bool pairs;       /* a pass is an increment and a decrement; else an increment */
    bool owner_works; /* BIASED: the first thread owns the object; else a thread that is idle */
};

/* One thread's part; on cache lines of its own. */
struct part {
    alignas(64) uint64_t begin_ns, end_ns, cpu_ns;
    uint64_t zeroes;     /* decrements that came out at zero */
    int64_t first_zero;  /* the pass in which that happened first; -1: never */
};

struct outcome {
    struct part parts[MOST_THREADS];
    uint64_t elapsed_ns; /* from the first thread's start to the last one's end */
    int64_t count;       /* in the end; it was 1 in the beginning, the creator's reference */
};

/* Runs to the end; returns 0 or an errno. Call it without the GIL. */
int race(const struct race *race, struct outcome *outcome);

#endif
