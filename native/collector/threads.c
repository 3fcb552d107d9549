/* Threads: who they are, when they ended, and what CPU time they used. */
#include <stdlib.h>
#include <string.h>

#include "threads.h"
#include "buffer.h"
#include "locks.h"
#include "mapping.h"
#include "procfile.h"
#include "progress.h"
#include "sink.h"

/* Reading a thread's CPU time takes about 10 µs; so many a round keep a round below a few ms. */
#define CPU_READINGS_PER_ROUND 200u

static struct buffer entries, ended, cpu_rows;
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
            memcpy(buffer_add(&ended, sizeof i), &i, sizeof i);
        } else if (state == CELL_LIVE && final) {
            add_entry(cell, i, now, 0);
            locks_add(c, i, now);
        } else if (state == CELL_LIVE && written_version[i] != atomic_load(&cell->name_version) + 1) {
            add_entry(cell, i, now, 0);
        }
    }
    sink_chunk(c->sink, CHUNK_THREAD, 0, entries.bytes, entries.used);
    entries.used = 0;
    drain_locks(c);
    progress_mark(c);
    free_ended(c);
}

void threads_forget(const struct collector *c) {
    memset(written_version, 0, cells_used(c) * sizeof *written_version);
    locks_forget(c);
}

/* --- CPU time ------------------------------------------------------------------------------- */

/* Nanoseconds on a CPU; 0 where the kernel does not say (a thread that is gone, or a kernel without
 * schedstats). The kernel updates it at ticks and switches, so it may lag by some ms. */
static uint64_t read_cpu_ns(pid_t pid, int32_t tid) {
    char text[64];
    if (!proc_read(text, sizeof text, "/proc/%d/task/%d/schedstat", (int)pid, (int)tid)) return 0;
    return strtoull(text, NULL, 10);
}

static void add_cpu_row(struct collector *c, struct thread_cell *cell) {
    uint64_t now = collector_now_ns(c), cpu_ns = read_cpu_ns(c->pid, once(cell->tid));
    uint64_t start_ns = once(cell->cpu_start_ns);
    if (cpu_ns <= start_ns) return;
    cpu_ns -= start_ns;
    if (cpu_ns == cell->cpu_ns) return;
    if (atomic_load(&cell->state) != CELL_LIVE) return;
    cell->cpu_ns = cpu_ns; /* the thread writes its own, exact figure when it ends */
    struct cpu_row row = {.time_ns = now, .cpu_ns = cpu_ns, .thread = cell->thread};
    memcpy(buffer_add(&cpu_rows, sizeof row), &row, sizeof row);
}

void drain_cpu(struct collector *c) {
    static uint32_t next;
    uint32_t count = c->knows_threads ? cells_used(c) : 0, readings = 0;
    for (uint32_t i = 0; i < count && readings < CPU_READINGS_PER_ROUND; i++) {
        if (next >= count) next = 0;
        struct thread_cell *cell = cell_at(c, next++);
        if (atomic_load(&cell->state) != CELL_LIVE) continue;
        add_cpu_row(c, cell);
        readings++;
    }
    sink_chunk(c->sink, CHUNK_CPU, 0, cpu_rows.bytes, cpu_rows.used);
    progress_mark(c);
    cpu_rows.used = 0;
}
