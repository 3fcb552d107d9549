/* Words at random for the memory that recorder and collector share: what the fuzzers of both write. */
#ifndef RANDOM_WORDS_H
#define RANDOM_WORDS_H

#include "shared/arena.h"

#define WORDS_PER_INPUT 6

static inline uint64_t next(uint64_t *state) {
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}

/* One that may lead somewhere, of four bytes or eight, around that place. */
static inline void write_word_at(char *shared, uint64_t at, uint64_t *state) {
    /* clang-format off */
    const uint64_t words[] = {0, 1, 2, 3, 64, 1500, SEGMENT_BYTES, THREAD_CELLS, (uint64_t)(uintptr_t)words,
                              ~0ull, 1ull << 32 | 2, 1ull << 63, next(state)};
    /* clang-format on */
    uint64_t value = words[next(state) % (sizeof words / sizeof *words)];
    if (next(state) & 1) __atomic_store_n((uint64_t *)(shared + (at & ~7ull)), value, __ATOMIC_RELAXED);
    else __atomic_store_n((uint32_t *)(shared + (at & ~3ull)), (uint32_t)value, __ATOMIC_RELAXED);
}

#endif
