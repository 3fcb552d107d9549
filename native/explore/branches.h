/* States on the way to the current execution of an exhaustive search, and what is left to be tried there. */
#ifndef GILSCOPE_EXPLORE_BRANCHES_H
#define GILSCOPE_EXPLORE_BRANCHES_H

#include "explore/search.h"

/* A step that another execution took, and how many objects had a number before it. */
typedef struct sleeper {
    int thread;
    step *step;
    long numbered;
} sleeper;

/* Threads are bits. */
typedef struct branching {
    uint64_t enabled, wanted, asleep; /* asleep: covered elsewhere until something they depend on happens */
    int chosen;
    long numbered;
    step *taken; /* NULL before it is */
    sleeper *sleepers;
    int sleeper_count, sleeper_room;
    sleeper *woken; /* by what was taken: those of more than one access */
    int woken_count;
} branching;

typedef struct path {
    branching *all;
    int count, room;
    numbers wakers; /* places where long steps were woken */
} path;

static inline branching *last_of(path *way) { return &way->all[way->count - 1]; }

void path_free(path *way);
int path_choose(path *way, uint64_t enabled, long numbered); /* a thread for a new state, or NOBODY */
bool path_next(path *way);                                   /* go back to where something is left to try */
void want_one_of(branching *there, uint64_t threads);

#endif
