/* What threads had of the cores: see proc_usage(). */
#include "usage.h"

#include <string.h>

#include "buffer.h"
#include "mapping.h"
#include "procfile.h"
#include "progress.h"
#include "sink.h"

/* To read the figures of a thread takes about 10 µs; so many a round keep a round below a few ms. */
#define READINGS_PER_ROUND 200u
/* A hold that others wait for is long if it goes on after CPython's switch interval. */
#define LONG_HOLD_NS 7000000u
#define LONG_HOLD_READING_NS 5000000u

static struct buffer cpu_rows, ready_rows;

/* What of a thread has been written; `ready_ns` and `before_ns` as the kernel has them. */
static struct {
    bool is_known;
    uint64_t ready_ns;
    uint64_t before_ns; /* what counts is what came after that */
} seen[THREAD_CELLS];

static void add_cpu_row(struct thread_cell *cell, uint64_t now, uint64_t cpu_ns) {
    uint64_t start_ns = once(cell->cpu_start_ns);
    if (cpu_ns <= start_ns) return;
    cpu_ns -= start_ns;
    if (cpu_ns == cell->cpu_ns) return;
    cell->cpu_ns = cpu_ns; /* the thread writes its own, exact figure when it ends */
    struct cpu_row row = {.time_ns = now, .cpu_ns = cpu_ns, .thread = cell->thread};
    memcpy(buffer_add(&cpu_rows, sizeof row), &row, sizeof row);
}

/* A thread that was there before the recording is followed from the first look on. `always`: it is worth
 * knowing when nothing was new. */
static void add_ready_row(struct collector *c, uint32_t index, uint64_t now, uint64_t ready_ns, bool always) {
    struct thread_cell *cell = cell_at(c, index);
    if (!seen[index].is_known) {
        seen[index].is_known = true;
        seen[index].before_ns = once(cell->start_ns) <= 1 ? ready_ns : 0;
    } else if (seen[index].ready_ns == ready_ns && !always) {
        return;
    }
    seen[index].ready_ns = ready_ns;
    struct ready_row row = {.time_ns = now, .thread = cell->thread};
    if (ready_ns > seen[index].before_ns) row.ready_ns = ready_ns - seen[index].before_ns;
    memcpy(buffer_add(&ready_rows, sizeof row), &row, sizeof row);
}

static void look_at(struct collector *c, uint32_t index, bool always) {
    struct thread_cell *cell = cell_at(c, index);
    uint64_t now = collector_now_ns(c);
    struct usage usage;
    if (!proc_usage(c->pid, once(cell->tid), &usage)) return;
    if (atomic_load(&cell->state) != CELL_LIVE) return;
    add_cpu_row(cell, now, usage.cpu_ns);
    add_ready_row(c, index, now, usage.ready_ns, always);
}

void usage_follow(struct collector *c) {
    static uint32_t next;
    uint32_t count = c->knows_threads ? cells_used(c) : 0, readings = 0;
    for (uint32_t i = 0; i < count && readings < READINGS_PER_ROUND; i++) {
        if (next >= count) next = 0;
        uint32_t index = next++;
        if (atomic_load(&cell_at(c, index)->state) != CELL_LIVE) continue;
        look_at(c, index, false);
        readings++;
    }
}

void drain_usage(struct collector *c) {
    sink_chunk(c->sink, CHUNK_CPU, 0, cpu_rows.bytes, cpu_rows.used);
    sink_chunk(c->sink, CHUNK_READY, 0, ready_rows.bytes, ready_rows.used);
    progress_mark(c);
    cpu_rows.used = ready_rows.used = 0;
}

/* --- long holds ---------------------------------------------------------------------------------- */

static struct {
    uint32_t holder; /* 0: nobody is followed; else the number of a cell, from 1 on */
    uint64_t acquire_ns, looked_ns;
} followed[GIL_CELLS];

static void follow_holder(struct collector *c, uint32_t i) {
    struct gil_cell *gil = &c->arena->gils[i];
    uint32_t holder = atomic_load_explicit(&gil->holder, memory_order_acquire);
    uint64_t acquire_ns = atomic_load_explicit(&gil->acquire_ns, memory_order_acquire);
    uint64_t now = collector_now_ns(c);
    bool is_same = followed[i].holder == holder && followed[i].acquire_ns == acquire_ns;
    if (followed[i].holder && !is_same) {
        look_at(c, followed[i].holder - 1, true); /* what came of it */
        followed[i].holder = 0;
    }
    if (!holder || holder > cells_used(c) || now < acquire_ns + LONG_HOLD_NS) return;
    if (!atomic_load_explicit(&gil->waiters, memory_order_relaxed)) return;
    if (followed[i].holder && now - followed[i].looked_ns < LONG_HOLD_READING_NS) return;
    look_at(c, holder - 1, true);
    followed[i].holder = holder;
    followed[i].acquire_ns = acquire_ns;
    followed[i].looked_ns = now;
}

void usage_follow_holders(struct collector *c) {
    if (!c->knows_threads) return;
    uint32_t count = atomic_load(&c->arena->gil_count);
    for (uint32_t i = 0; i < count && i < GIL_CELLS; i++)
        if (gil_is_live(&c->arena->gils[i])) follow_holder(c, i);
}

void usage_forget(uint32_t cell) { memset(&seen[cell], 0, sizeof seen[cell]); }

void usage_forget_all(const struct collector *c) {
    memset(seen, 0, cells_used(c) * sizeof *seen);
    memset(followed, 0, sizeof followed);
    cpu_rows.used = ready_rows.used = 0;
}
