/* What there is to say of a process that had nothing but a place in a nursery, and has ended. */
#ifndef GILSCOPE_COLLECTOR_LIVES_H
#define GILSCOPE_COLLECTOR_LIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "shared/nursery.h"

struct life {
    const struct nursery *nursery;
    struct place place; /* a copy, whose end is known */
    pid_t pid;
    bool is_by_word; /* it said itself that it was about to end */
    bool has_executed;
};

/* In a process of its own, which ends afterwards. Their numbers are `first` and so on. */
void lives_write(const struct life *lives, size_t count, uint32_t first, int out);

#endif
