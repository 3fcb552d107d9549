/* Waits for locks that their threads have not written: they still go on, as in a deadlock, or the thread
 * ended without having the GIL again.
 *
 * The place that the recorder knows of such a wait is the innermost frame alone. So who waits for long is
 * looked at once from outside: its stack does not change while it waits. */
#include "locks.h"

#include "buffer.h"
#include "mapping.h"
#include "remote.h"
#include "sink.h"
#include "withlock.h"

#include <string.h>

#define LONG_WAIT_NS 50000000u
#define LOOKS_PER_ROUND 50u /* a look takes about 20 µs */

#define MOST_TAKEN 8u

struct look {
    uint64_t begin_ns; /* of the wait that it was taken in; 0: none */
    uint32_t path;
    uint32_t taken_count;
    uint64_t taken[MOST_TAKEN]; /* locks that the thread has then */
};
static struct look looks[THREAD_CELLS];
static struct buffer rows; /* of one GIL */
static uint32_t gil_of_rows;

/* A copy of the wait that goes on. */
static bool open_wait(struct thread_cell *cell, struct lock_row *row) {
    uint32_t count = atomic_load_explicit(&cell->lock_waits, memory_order_acquire);
    if (!count || count > LOCK_WAITS) return false;
    memcpy(row, &cell->locks[count - 1], sizeof *row);
    return (row->result & ~LOCK_FOREVER) == LOCK_OPEN && row->begin_ns;
}

static void look_at(struct collector *c, struct thread_cell *cell, struct look *look) {
    struct lock_row before, after;
    if (!open_wait(cell, &before) || before.begin_ns == look->begin_ns) return;
    if (before.begin_ns + LONG_WAIT_NS > collector_now_ns(c)) return;
    uint64_t tstate = once(cell->lock_tstate);
    struct look found = {.begin_ns = before.begin_ns};
    if (tstate) {
        found.path = remote_path(c, tstate);
        found.taken_count = locks_taken(c, tstate, found.taken, MOST_TAKEN);
    }
    if (!open_wait(cell, &after) || after.begin_ns != before.begin_ns) return;
    *look = found;
}

void locks_follow(struct collector *c) {
    static uint32_t next;
    uint32_t count = c->unsampled || c->executed ? 0 : cells_used(c);
    uint32_t most = count < LOOKS_PER_ROUND ? count : LOOKS_PER_ROUND;
    for (uint32_t i = 0; i < most; i++, next++) {
        if (next >= count) next = 0;
        struct thread_cell *cell = cell_at(c, next);
        if (atomic_load(&cell->state) == CELL_LIVE) look_at(c, cell, &looks[next]);
    }
}

void drain_locks(struct collector *c) {
    drain_remote(c); /* the paths go first */
    sink_chunk(c->sink, CHUNK_OPEN_LOCK, gil_of_rows, rows.bytes, rows.used);
    rows.used = 0;
}

static void add_row(struct collector *c, const struct lock_row *row, uint32_t gil) {
    if (gil >= SAMPLER_TABLE) return;
    if (gil != gil_of_rows && rows.used) drain_locks(c);
    gil_of_rows = gil;
    memcpy(buffer_add(&rows, sizeof *row), row, sizeof *row);
}

static uint32_t times_taken(const struct look *look, uint64_t lock) {
    uint32_t times = 0;
    for (uint32_t i = 0; i < look->taken_count && i < MOST_TAKEN; i++) times += look->taken[i] == lock;
    return times;
}

/* Of those that wait as well, the one that was seen to have it; 0 if there are none, or several. */
static uint32_t owner_among_waiters(struct collector *c, uint32_t waiter, uint64_t lock) {
    uint32_t owner = 0;
    for (uint32_t i = 0; lock && i < cells_used(c); i++) {
        struct lock_row other;
        if (i == waiter || !times_taken(&looks[i], lock)) continue;
        struct thread_cell *cell = cell_at(c, i);
        if (!open_wait(cell, &other) || other.begin_ns != looks[i].begin_ns || other.lock == lock) continue;
        if (owner) return 0;
        owner = other.thread;
    }
    return owner;
}

/* While a `with` waits for its lock, both the method that enters and the one that will leave are on the stack.
 */
#define TIMES_OF_WAITER 2u

static bool has_itself(const struct look *look, const struct lock_row *row) {
    return row->lock && look->begin_ns == row->begin_ns && times_taken(look, row->lock) > TIMES_OF_WAITER;
}

bool locks_copy(struct collector *c, uint32_t index, uint32_t wait, uint64_t end_ns, struct lock_row *row) {
    struct thread_cell *cell = cell_at(c, index);
    uint32_t count = atomic_load_explicit(&cell->lock_waits, memory_order_acquire);
    if (wait >= count || wait >= LOCK_WAITS) return false;
    memcpy(row, &cell->locks[wait], sizeof *row);
    if (!row->begin_ns || row->begin_ns > end_ns) return false;
    if ((row->result & ~LOCK_FOREVER) == LOCK_OPEN) row->end_ns = end_ns;
    if (looks[index].path && looks[index].begin_ns == row->begin_ns) {
        row->site = looks[index].path;
        row->flags |= LOCK_SITE_IS_PATH;
    }
    return true;
}

void locks_add(struct collector *c, uint32_t index, uint64_t end_ns) {
    for (uint32_t i = 0; i < LOCK_WAITS; i++) {
        struct lock_row row;
        if (!locks_copy(c, index, i, end_ns, &row)) continue;
        if ((row.result & ~LOCK_FOREVER) == LOCK_OPEN) {
            if (!row.owner && has_itself(&looks[index], &row)) row.owner = row.thread;
            if (!row.owner) row.owner = owner_among_waiters(c, index, row.lock);
        }
        add_row(c, &row, once(cell_at(c, index)->lock_gil));
    }
}

void locks_forget(const struct collector *c) { memset(looks, 0, cells_used(c) * sizeof *looks); }
