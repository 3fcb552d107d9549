/* Threads: who they are, and when they ended. */
#include <string.h>

#include "threads.h"
#include "away.h"
#include "buffer.h"
#include "locks.h"
#include "mapping.h"
#include "progress.h"
#include "sink.h"
#include "usage.h"

static struct buffer entries, ended;
static uint32_t written_version[THREAD_CELLS]; /* name_version + 1 of what is in the file */

/* The name, read consistently although its thread may be changing it. */
static uint32_t copy_name(struct thread_cell *cell, char *name, uint32_t *version) {
    for (int attempt = 0; attempt < 100; attempt++) {
        *version = atomic_load(&cell->name_version);
        uint32_t bytes = once(cell->name_bytes);
        if (bytes > NAME_BYTES) bytes = NAME_BYTES;
        memcpy(name, cell->name, bytes);
        atomic_thread_fence(memory_order_acquire);
        if (!(*version & 1) && atomic_load(&cell->name_version) == *version) return bytes;
    }
    return 0;
}

static void add_entry(struct thread_cell *cell, uint32_t index, uint64_t end_ns, uint32_t flags) {
    char name[NAME_BYTES];
    uint32_t version, bytes = copy_name(cell, name, &version);
    struct thread_entry entry = {.thread = cell->thread,
                                 .tid = cell->tid,
                                 .start_ns = cell->start_ns,
                                 .end_ns = end_ns,
                                 .cpu_ns = cell->cpu_ns,
                                 .flags = cell->flags | flags,
                                 .name_bytes = bytes};
    memcpy(buffer_add(&entries, sizeof entry), &entry, sizeof entry);
    memcpy(buffer_add(&entries, (bytes + 7u) & ~7u), name, bytes);
    written_version[index] = version + 1;
}

/* The lowest cell is the next to be used again, so that few of them are ever touched. */
static void free_cell(struct collector *c, uint32_t index) {
    struct thread_cell *cell = cell_at(c, index);
    written_version[index] = 0;
    usage_forget(index);
    atomic_store(&cell->name_version, 0);
    atomic_store_explicit(&cell->state, CELL_FREE, memory_order_release);
    if (index < atomic_load(&c->arena->next_cell)) atomic_store(&c->arena->next_cell, index);
}

/* Only now that they are in the file. */
static void free_ended(struct collector *c) {
    for (size_t at = 0; at < ended.used; at += sizeof(uint32_t)) {
        uint32_t index;
        memcpy(&index, ended.bytes + at, sizeof index);
        free_cell(c, index);
    }
    ended.used = 0;
}

void drain_threads(struct collector *c, bool final) {
    uint64_t now = final ? c->end_ns : collector_now_ns(c);
    for (uint32_t i = 0, count = cells_used(c); i < count; i++) {
        struct thread_cell *cell = cell_at(c, i);
        uint32_t state = atomic_load_explicit(&cell->state, memory_order_acquire);
        if (state == CELL_ENDED) {
            add_entry(cell, i, cell->end_ns, THREAD_ENDED);
            locks_add(c, i, cell->end_ns);
            away_add(c, i);
            memcpy(buffer_add(&ended, sizeof i), &i, sizeof i);
        } else if (state == CELL_LIVE && final) {
            add_entry(cell, i, now, 0);
            locks_add(c, i, now);
            away_add(c, i);
        } else if (state == CELL_LIVE && written_version[i] != atomic_load(&cell->name_version) + 1) {
            add_entry(cell, i, now, 0);
        }
    }
    sink_chunk(c->sink, CHUNK_THREAD, 0, entries.bytes, entries.used);
    entries.used = 0;
    drain_locks(c);
    drain_away(c);
    progress_mark(c);
    free_ended(c);
}

void threads_forget(const struct collector *c) {
    memset(written_version, 0, cells_used(c) * sizeof *written_version);
    usage_forget_all(c);
    locks_forget(c);
    away_forget(c);
}
