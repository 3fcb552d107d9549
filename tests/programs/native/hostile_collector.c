/* A collector that writes at random into the memory that it shares with the recorder:
 * hostile_collector ARENA_FD OUT_FD. It says into OUT_FD how many inputs it has given.
 *
 * An input is a handful of words, written where the recorder looks. In between it does what a
 * collector must, so that the recording begins, and goes on for a while. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "random_words.h"

#define INPUTS_PER_ROUND 50
#define ROUNDS 400

static char *shared;
static uint64_t state, mode;

/* Most of what the recorder reads is in the header, the first cells and the first segments. */
static uint64_t place(void) {
    uint64_t any = next(&state) >> 8;
    switch (next(&state) % 8) {
    case 0: return any % offsetof(struct arena_header, gils);
    case 1: return offsetof(struct arena_header, command) + any % 192;
    case 2: return offsetof(struct arena_header, clock) + any % sizeof(struct clock);
    case 3:
    case 4: return offsetof(struct arena_header, gils) + any % (4 * sizeof(struct gil_cell));
    case 5: return offsetof(struct arena_header, table) + any % (16 * sizeof(struct segment_info));
    case 6: return CELLS_AT + any % (32 * sizeof(struct thread_cell));
    default: return any % SEGMENTS_AT;
    }
}

/* What ends a recording at once is let alone in most blocks, so that the rest has an effect. */
static int is_spared(uint64_t at) {
    uint64_t commands = offsetof(struct arena_header, command);
    uint64_t clock = offsetof(struct arena_header, clock);
    uint64_t table = offsetof(struct arena_header, table);
    if ((mode & 3) && at >= commands && at < commands + 64) return 1;
    if ((mode & 12) && at >= clock && at < clock + sizeof(struct clock)) return 1;
    return (mode & 16) && at >= table && at < table + sizeof(struct segment_info) * SEGMENTS;
}

static void write_word(void) {
    uint64_t at = place();
    if (!is_spared(at & ~7ull)) write_word_at(shared, at, &state);
}

/* As if all had been drained: otherwise each recording would end after a moment. */
static void be_useful(struct arena_header *arena) {
    atomic_store(&arena->command, 0);
    atomic_store(&arena->collector_alive, (uint32_t)getpid());
    atomic_fetch_add(&arena->beat, 1);
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t sealed = SEGMENT_SEALED;
        atomic_compare_exchange_strong(&arena->table[i].state, &sealed, SEGMENT_FREE);
    }
    for (uint32_t i = 0; i < 64; i++) {
        struct thread_cell *cell = (struct thread_cell *)(shared + CELLS_AT) + i;
        uint32_t ended = CELL_ENDED;
        atomic_compare_exchange_strong(&cell->state, &ended, CELL_FREE);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int out = atoi(argv[2]);
    shared = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(argv[1]), 0);
    if (shared == MAP_FAILED) return 3;
    struct arena_header *arena = (struct arena_header *)shared;
    state = (uint64_t)getpid() * 0x9e3779b97f4a7c15u | 1;
    mode = next(&state) >> 32;
    arena->collector_pid = (int32_t)getpid();
    for (int ms = 0; atomic_load(&arena->state) == RECORDER_ABSENT && ms < 5000; ms++) usleep(1000);
    atomic_store(&arena->knows_recorder, 1);
    /* Not always from the start: it is to get beyond the introduction, too. */
    if (next(&state) % 4) usleep(3000);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < INPUTS_PER_ROUND * WORDS_PER_INPUT; i++) write_word();
        be_useful(arena);
        usleep(50);
    }
    char text[32];
    int bytes = snprintf(text, sizeof text, "%d\n", ROUNDS * INPUTS_PER_ROUND);
    if (write(out, text, (size_t)bytes) != bytes) return 4;
    atomic_store(&arena->collector_done, 1);
    return 0;
}
