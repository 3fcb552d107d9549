/* Where threads are that do not come back for a GIL: blocked when the program is killed, or still at the end.
 *
 * Of others the recorder writes the whole call path when they have the GIL again. Of these it knows the
 * innermost frame alone, which may be a library's. So who is away for long is looked at once from outside:
 * its stack does not change before it has a GIL again, and then this look is no longer used, but for what
 * an event loop has yet to call meanwhile. */
#include "away.h"

#include "buffer.h"
#include "mapping.h"
#include "remote.h"
#include "sample.h"
#include "shared/away.h"
#include "sink.h"

#include <string.h>

#define LONG_AWAY_NS 50000000u
#define LOOKS_PER_ROUND 20u /* a look takes about 20 µs */
#define CELLS_PER_ROUND 4096u /* of which most need none */

struct look {
    uint64_t released_ns; /* when the thread let go, before it was looked at; 0: it was not */
    uint32_t path; /* 0: not readable */
};
static struct look looks[THREAD_CELLS];
static struct buffer rows;

static bool has_a_gil(const struct collector *c, uint32_t cell) {
    const struct gil_cell *gils = c->arena->gils;
    uint32_t count = atomic_load(&c->arena->gil_count);
    for (uint32_t i = 0; i < count && i < GIL_CELLS; i++)
        if (atomic_load(&gils[i].holder) == cell + 1) return true;
    return false;
}

/* Whether the thread let go of a GIL then, and has not asked for one since. */
static bool is_away_since(struct collector *c, uint32_t index, uint64_t released_ns) {
    struct thread_cell *cell = cell_at(c, index);
    if (atomic_load_explicit(&cell->released_ns, memory_order_acquire) != released_ns) return false;
    if (atomic_load_explicit(&cell->request_ns, memory_order_acquire)) return false;
    return released_ns && !has_a_gil(c, index);
}

/* Where a thread was that is gone, there may be another one's state by now. */
static bool is_of(struct collector *c, uint64_t tstate, const struct thread_cell *cell) {
    uint64_t thread;
    return tstate && remote_read(c, tstate + c->layout.tstate_thread, &thread, sizeof thread) &&
           thread == (uint64_t)cell->tid;
}

/* Whether that took the time of a look. */
static bool look_at(struct collector *c, uint32_t index) {
    struct thread_cell *cell = cell_at(c, index);
    uint64_t since_ns = atomic_load_explicit(&cell->released_ns, memory_order_acquire);
    if (since_ns == looks[index].released_ns || since_ns + LONG_AWAY_NS > collector_now_ns(c)) return false;
    if (!is_away_since(c, index, since_ns)) return false;
    uint64_t tstate = atomic_load_explicit(&cell->released_tstate, memory_order_relaxed);
    uint32_t path = is_of(c, tstate, cell) ? remote_path(c, tstate) : 0;
    if (!is_of(c, tstate, cell)) path = 0;
    uint32_t behind = path ? sample_behind(c) : 0;
    if (!is_away_since(c, index, since_ns)) return true;
    looks[index] = (struct look){since_ns, path};
    if (behind && c->sample_hz > 0) sample_away(c, once(cell->thread), since_ns, path, behind);
    return true;
}

void away_follow(struct collector *c) {
    static uint32_t next;
    bool knows = !c->unsampled && !c->executed && atomic_load(&c->arena->gil_switch) != GIL_OFF;
    uint32_t count = knows ? cells_used(c) : 0, looked = 0;
    uint32_t most = count < CELLS_PER_ROUND ? count : CELLS_PER_ROUND;
    for (uint32_t i = 0; i < most && looked < LOOKS_PER_ROUND; i++, next++) {
        if (next >= count) next = 0;
        if (atomic_load(&cell_at(c, next)->state) == CELL_LIVE) looked += look_at(c, next);
    }
}

void away_add(struct collector *c, uint32_t index) {
    const struct look *look = &looks[index];
    if (!look->path || !is_away_since(c, index, look->released_ns)) return;
    struct away_row row = {.release_ns = look->released_ns,
                           .thread = cell_at(c, index)->thread,
                           .path_id = look->path};
    memcpy(buffer_add(&rows, sizeof row), &row, sizeof row);
}

void drain_away(struct collector *c) {
    drain_remote(c); /* the paths go first */
    sink_chunk(c->sink, CHUNK_AWAY, SAMPLER_TABLE, rows.bytes, rows.used);
    rows.used = 0;
}

void away_forget(const struct collector *c) { memset(looks, 0, cells_used(c) * sizeof *looks); }
