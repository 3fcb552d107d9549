/* Add up all GILs, and what goes on at this moment: so that what is counted grows with the time, and never by more
 * than has passed since it was read last. */
#include "watchread.h"

#include "gilless.h"
#include "gils.h"
#include "memory.h"
#include "watchtime.h"

#include <string.h>

static struct watch_reading *into;

static void add_groups(const struct watch_group *groups) {
    for (uint32_t i = 0; i < WATCH_GROUPS; i++) watch_add_group(&into->groups[i], &groups[i]);
}

static void add_gil(struct gil *gil) {
    const struct watch_totals *totals = gil->watch;
    if (!totals) return;
    add_groups(totals->groups);
    if (gil != &primary_gil) return;
    into->main_contended_ns += __atomic_load_n(&totals->contended_ns, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < WATCH_GROUPS; i++)
        into->main_held_ns += __atomic_load_n(&totals->groups[i].sums.held_ns, __ATOMIC_RELAXED);
}

/* --- what goes on ------------------------------------------------------------------------------- */

static void add_open_hold(const struct gil *gil, uint64_t time_ns) {
    uint64_t begin_ns = gil->watch ? watch_hold_begin(gil) : time_ns;
    if (begin_ns >= time_ns) return;
    into->open[self.group].held_ns += time_ns - begin_ns;
    if (gil == &primary_gil) into->main_held_ns += time_ns - begin_ns;
}

static void add_open_waits(const struct gil *gil, uint64_t time_ns) {
    uint64_t first_ns = time_ns;
    for (uint32_t i = 0, used = atomic_load(&recording.cells_used); i < used; i++) {
        struct watch_cell *cell = &watch_cells[i];
        uint64_t since_ns = atomic_load_explicit(&cell->since_ns, memory_order_acquire);
        if (!since_ns || since_ns >= time_ns || atomic_load(&cell->gil) != gil->cell_index) continue;
        into->open[atomic_load(&cell->group)].wait_ns += time_ns - since_ns;
        if (since_ns < first_ns) first_ns = since_ns;
    }
    if (gil == &primary_gil && gil->watch && first_ns < time_ns)
        into->main_contended_ns += spells_would_add(&gil->watch->spells, first_ns, time_ns);
}

/* A thread's wait that is over, but not written yet, since it needs the GIL for that; or goes on. */
static void add_open_lock(struct thread_cell *cell, const struct watch_cell *beside, uint64_t time_ns) {
    uint32_t count = atomic_load_explicit(&cell->lock_waits, memory_order_acquire);
    struct watch_open *open = &into->open[atomic_load(&beside->group)];
    for (uint32_t i = 0; i < count && i < LOCK_WAITS; i++) {
        const struct lock_row *row = &cell->locks[i];
        uint8_t result = __atomic_load_n(&row->result, __ATOMIC_ACQUIRE) & ~LOCK_FOREVER;
        uint64_t end_ns = result == LOCK_OPEN ? time_ns : row->end_ns;
        if (end_ns < row->begin_ns || row->flags & (LOCK_STOPPED | LOCK_STOPS)) continue;
        if (atomic_load(&beside->is_signal)) open->signal_ns += end_ns - row->begin_ns;
        else open->lock_ns += end_ns - row->begin_ns;
    }
}

static void add_threads(uint64_t time_ns) {
    for (uint32_t i = 0, used = atomic_load(&recording.cells_used); i < used; i++) {
        struct thread_cell *cell = memory_cell(i);
        if (!cell || atomic_load_explicit(&cell->state, memory_order_acquire) != CELL_LIVE) continue;
        into->open[atomic_load(&watch_cells[i].group)].threads++;
        add_open_lock(cell, &watch_cells[i], time_ns);
    }
}

void watchread(struct watch_reading *reading) {
    memset(reading, 0, sizeof *reading);
    struct gil *log = gilless_enter(); /* where there is no GIL, this keeps others from writing */
    watch_lock();
    into = reading;
    add_groups(watch_gone);
    watch_unlock();
    gils_each(add_gil);
    if (gilless_log()) add_gil(gilless_log());
    reading->is_active = recording.active && recording.is_watched;
    struct gil *own = reading->is_active ? watchtime_own_gil() : NULL;
    uint64_t time_ns = reading->is_active ? now_ns() : 0;
    if (own && time_ns > own->acquire_ns) {
        add_open_hold(own, time_ns);
        add_open_waits(own, time_ns);
    }
    if (reading->is_active) add_threads(time_ns);
    if (log) gilless_leave();
}
