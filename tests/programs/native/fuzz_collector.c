/* The collector's parts on an arena in which somebody writes at random: fuzz_collector INPUTS SEED.
 *
 * An input is a handful of words, written where they lead somewhere, before each of its parts runs;
 * a thread goes on writing meanwhile, so that what was checked may be something else when it is
 * read again. Built with ASan and UBSan, which end it at the first mistake. */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collector/drain.h"
#include "collector/ending.h"
#include "collector/mapping.h"
#include "collector/remote.h"
#include "collector/sample.h"
#include "collector/threads.h"
#include "collector/tracefile.h"
#include "collector/usage.h"
#include "random_words.h"

#define INPUTS_PER_TRACE 200
#define CELLS_USED 1500u

static char *shared;
static _Atomic int done;

static uint64_t place(uint64_t *state) {
    uint64_t any = next(state) >> 8;
    switch (next(state) % 6) {
    case 0: return any % offsetof(struct arena_header, gils);
    case 1: return offsetof(struct arena_header, gils) + any % (4 * sizeof(struct gil_cell));
    case 2: return offsetof(struct arena_header, table) + any % (32 * sizeof(struct segment_info));
    case 3: return CELLS_AT + any % (CELLS_USED * sizeof(struct thread_cell));
    case 4: return SEGMENTS_AT + any % 256;
    default: return SEGMENTS_AT + any % (16ull * SEGMENT_BYTES);
    }
}

static void write_word(uint64_t *state) { write_word_at(shared, place(state), state); }

__attribute__((no_sanitize("address"))) static void *disturb(void *seed) {
    uint64_t state = (uint64_t)(uintptr_t)seed;
    while (!done) write_word(&state);
    return NULL;
}

static void run_parts(struct collector *c) {
    drain_logs(c);
    drain_threads(c, false);
    usage_follow(c);
    usage_follow_holders(c);
    drain_usage(c);
    remote_layout(c);
    c->unsampled = NULL; /* the program's memory is this process's own */
    sample_contended(c);
    drain_samples(c);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    long inputs = atol(argv[1]);
    uint64_t state = strtoull(argv[2], NULL, 10) | 1;
    int arena = memfd_create("fuzz", MFD_ALLOW_SEALING), out = memfd_create("trace", 0);
    struct arena_header *header = calloc(1, sizeof *header);
    header->offer.magic = ARENA_MAGIC;
    if (ftruncate(arena, (off_t)ARENA_BYTES) != 0 || fcntl(arena, F_ADD_SEALS, F_SEAL_SHRINK) != 0 ||
        pwrite(arena, header, sizeof *header, 0) != (ssize_t)sizeof *header)
        return 3;
    shared = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, arena, 0);
    struct tracefile file;
    struct collector c = {.pidfd = -1,
                          .control = -1,
                          .exit_status = INT_MIN,
                          .sample_hz = 1000,
                          .pid = getpid(),
                          .knows_threads = true,
                          .sink = &file.sink};
    if (shared == MAP_FAILED || !mapping_begin(&c, arena)) return 4;
    pthread_t other;
    if (pthread_create(&other, NULL, disturb, (void *)(uintptr_t)(state * 31 | 1)) != 0) return 5;
    for (long i = 0; i < inputs; i++) {
        if (i % INPUTS_PER_TRACE == 0) {
            if (ftruncate(out, 0) != 0 || !tracefile_begin(&file, out, 8u << 20, 0)) return 6;
            c.end_ns = 0;
        }
        for (int word = 0; word < WORDS_PER_INPUT; word++) write_word(&state);
        run_parts(&c);
        if (i % INPUTS_PER_TRACE == INPUTS_PER_TRACE - 1) {
            c.end_ns = next(&state) | 1;
            write_beginning(&c);
            write_ending(&c);
            free(file.extents);
        }
    }
    done = 1;
    pthread_join(other, NULL);
    free(header);
    printf("%ld inputs\n", inputs);
    return 0;
}
