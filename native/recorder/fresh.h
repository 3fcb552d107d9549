/* An arena for a recording that is to begin. */
#ifndef GILSCOPE_RECORDER_FRESH_H
#define GILSCOPE_RECORDER_FRESH_H

#include "shared/arena.h"

int fresh_arena(double sample_hz, uint64_t max_size_bytes); /* a file descriptor; -1 and errno */
int fresh_arena_of(const struct arena_offer *offer);

#endif
