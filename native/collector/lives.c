/* Write the recordings of processes that had nothing but a place in a nursery.
 *
 * Each is put into an arena as it would have been if the process had made one, and is collected from there:
 * one thread that held the GIL from beginning to end. */
#include "lives.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect.h"
#include "mapping.h"
#include "shared/arenafile.h"

static uint64_t length_of(const struct place *place) {
    return place->end_ns > place->begin_ns ? place->end_ns - place->begin_ns : 1;
}

/* One that was killed before it could do anything begins with the fork. */
static void settle_begin(struct place *place) {
    if (!place->begin_ns) place->begin_ns = place->kept_ns;
}

static void describe(struct arena_header *arena, const struct life *life) {
    const struct nursery *nursery = life->nursery;
    const struct place *place = &life->place;
    uint64_t start_unix_ns = place->kept_unix_ns + (place->begin_ns - place->kept_ns);
    uint64_t interval_ns = atomic_load(&((struct nursery *)nursery)->switch_interval_ns);
    arena->start_monotonic_ns = place->begin_ns;
    arena->start_unix_ns = start_unix_ns;
    arena->switch_interval_ns = interval_ns;
    memcpy(arena->meta, nursery->meta, sizeof arena->meta);
    arena->meta[sizeof arena->meta - 1] = '\0';
    size_t used = strlen(arena->meta);
    snprintf(arena->meta + used, sizeof arena->meta - used,
             ",\"pid\":%d,\"parent_pid\":%d,\"began\":\"fork\",\"start_unix_ns\":%llu,"
             "\"start_monotonic_ns\":%llu,\"switch_interval_ns\":%llu,\"gil_enabled\":true}",
             place->own_pid ? place->own_pid : (int)life->pid, place->parent_pid,
             (unsigned long long)start_unix_ns, (unsigned long long)place->begin_ns,
             (unsigned long long)interval_ns);
}

static void put_thread(struct thread_cell *cell, const struct life *life, uint64_t end_ns) {
    static const char name[] = "MainThread";
    *cell = (struct thread_cell){.state = CELL_LIVE,
                                 .thread = 1,
                                 .tid = (int32_t)life->pid,
                                 .flags = THREAD_MAIN,
                                 .start_ns = 1,
                                 .end_ns = end_ns,
                                 .cpu_ns = life->place.cpu_ns,
                                 .name_bytes = sizeof name - 1};
    memcpy(cell->name, name, sizeof name - 1);
}

static void put(struct collector *c, const struct life *life) {
    struct arena_header *arena = c->arena;
    uint64_t end_ns = length_of(&life->place) + 1;
    memset(arena, 0, offsetof(struct arena_header, gils));
    arena->offer = life->nursery->offer;
    arena->layout = life->nursery->layout;
    arena->pid = (int32_t)life->pid;
    arena->clock.start_ns = life->place.begin_ns - 1;
    arena->end_ns = end_ns;
    arena->locks_recorded = life->nursery->locks_recorded;
    arena->exit_status = life->is_by_word ? life->place.exit_status : 0;
    arena->stop_reason = life->is_by_word ? STOP_EXIT : STOP_NONE;
    arena->gil_count = arena->cells_used = 1;
    arena->gils[0] =
        (struct gil_cell){.state = CELL_LIVE, .start_ns = 1, .holder = 1, .acquire_ns = 1, .request_ns = 1};
    describe(arena, life);
    put_thread(cell_at(c, 0), life, end_ns);
    atomic_store(&arena->state, RECORDER_STOPPED);
}

static void write_one(int arena_fd, struct life *life, uint32_t number, int out) {
    struct collector c = {.pidfd = -1, .control = -1, .exit_status = INT_MIN, .process = number};
    settle_begin(&life->place);
    int fd = dup(arena_fd);
    if (fd < 0) return;
    if (!collect_prepare(&c, fd)) {
        close(fd);
        return;
    }
    put(&c, life);
    c.executed = life->has_executed;
    c.sample_hz = life->nursery->offer.sample_hz;
    c.max_size_bytes = life->nursery->offer.max_size_bytes;
    collect(&c, out, false);
    collect_forget(&c);
}

void lives_write(const struct life *lives, size_t count, uint32_t first, int out) {
    int fd = arena_make();
    uint64_t magic = ARENA_MAGIC;
    if (fd < 0 || pwrite(fd, &magic, sizeof magic, 0) != (ssize_t)sizeof magic) return;
    for (size_t i = 0; i < count; i++) {
        struct life life = lives[i];
        write_one(fd, &life, first + (uint32_t)i, out);
    }
}
