/* The totals of a process that is watched: what the holder of a GIL adds to them. */
#include "watch.h"

#include "watchgroups.h"
#include "watchkinds.h"
#include "watchstalls.h"

#include <string.h>
#include <sys/mman.h>

struct watch_group watch_gone[WATCH_GROUPS];
static bool any_are_gone;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void count_size(uint64_t *sizes, uint64_t ns) {
    uint32_t size = 0;
    while (size < WATCH_SIZES - 1 && ns > watch_bounds[size]) size++;
    watch_add(&sizes[size], 1);
}

/* --- life ----------------------------------------------------------------------------------- */

void watch_lock(void) { pthread_mutex_lock(&lock); }
void watch_unlock(void) { pthread_mutex_unlock(&lock); }

void watch_join(struct gil *gil) {
    if (!recording.is_watched || gil->watch) return;
    void *memory = mmap(NULL, sizeof(struct watch_totals), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return; /* then nothing of this GIL counts */
    gil->watch = memory;
    gil->watch->spells.rows = gil->watch->spell_rows;
    gil->watch->spells.room = WATCH_SPELLS;
}

void watch_add_group(struct watch_group *to, const struct watch_group *from) {
    const uint64_t *more = (const uint64_t *)&from->sums, *most = (const uint64_t *)&from->most;
    uint64_t *sums = (uint64_t *)&to->sums, *reached = (uint64_t *)&to->most;
    if (!__atomic_load_n(&from->sums.holds, __ATOMIC_RELAXED) &&
        !__atomic_load_n(&from->sums.wait_ns, __ATOMIC_RELAXED) &&
        !__atomic_load_n(&from->sums.held_ns, __ATOMIC_RELAXED) &&
        !__atomic_load_n(&from->sums.locks, __ATOMIC_RELAXED) &&
        !__atomic_load_n(&from->sums.signals, __ATOMIC_RELAXED) &&
        !__atomic_load_n(&from->sums.stops, __ATOMIC_RELAXED))
        return;
    for (size_t i = 0; i < sizeof to->sums / sizeof *sums; i++)
        watch_add(&sums[i], __atomic_load_n(&more[i], __ATOMIC_RELAXED));
    for (size_t i = 0; i < sizeof to->most / sizeof *reached; i++)
        watch_reach(&reached[i], __atomic_load_n(&most[i], __ATOMIC_RELAXED));
}

void watch_retire(struct gil *gil) {
    struct watch_totals *totals = gil->watch;
    gil->watch = NULL;
    if (!totals) return;
    watch_lock();
    for (uint32_t i = 0; i < WATCH_GROUPS; i++) watch_add_group(&watch_gone[i], &totals->groups[i]);
    any_are_gone = true;
    watch_unlock();
    munmap(totals, sizeof *totals);
}

void watch_drop(struct gil *gil) {
    if (gil->watch) munmap(gil->watch, sizeof *gil->watch);
    gil->watch = NULL;
}

void watch_clear(struct gil *gil) {
    if (!gil->watch) return;
    memset(gil->watch->groups, 0, sizeof gil->watch->groups);
    gil->watch->contended_ns = 0;
}

void watch_begin_anew(void) {
    if (any_are_gone) memset(watch_gone, 0, sizeof watch_gone);
    any_are_gone = false;
    watchstalls_forget();
}

void watch_cut(struct gil *gil, uint64_t now_ns) {
    struct watch_totals *totals = gil->watch;
    if (!totals || now_ns < watch_hold_begin(gil)) return;
    watch_add(&totals->groups[self.group].sums.held_ns, now_ns - watch_hold_begin(gil));
    totals->from_ns = 0;
    for (uint32_t i = 0, used = atomic_load(&recording.cells_used); i < used; i++) {
        struct watch_cell *cell = &watch_cells[i];
        uint64_t since_ns = atomic_exchange(&cell->since_ns, 0);
        if (!since_ns || since_ns >= now_ns || atomic_load(&cell->gil) != gil->cell_index) continue;
        watch_add(&totals->groups[atomic_load(&cell->group)].sums.wait_ns, now_ns - since_ns);
        watch_add(&totals->contended_ns, spells_add(&totals->spells, since_ns, now_ns));
    }
    totals->spells.count = 0; /* the times of the next recording begin anew */
    totals->spells.covered_until_ns = 0;
}

void watch_begin_within(struct gil *gil, uint64_t now_ns) {
    watch_join(gil);
    if (gil->watch) gil->watch->from_ns = now_ns;
}

void watch_after_fork(void) {
    lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    watchgroups_after_fork();
    watchstalls_after_fork();
}

/* --- threads -------------------------------------------------------------------------------- */

static void set_group(uint8_t group) {
    self.group = group;
    atomic_store_explicit(&watch_cells[self.cell_index].group, group, memory_order_relaxed);
}

void watch_named(void) {
    if (!recording.is_watched) return;
    self.next_group = watchgroups_of(self.cell->name, self.cell->name_bytes);
    bool is_new = !self.has_group;
    self.has_group = true;
    if (!is_new) return; /* from its next hold on: what goes on has been counted where it was */
    set_group(self.next_group);
    atomic_store_explicit(&watch_cells[self.cell_index].since_ns, 0, memory_order_relaxed);
}

void watch_thread_ends(void) {
    atomic_store_explicit(&watch_cells[self.cell_index].since_ns, 0, memory_order_relaxed);
}

/* --- the GIL -------------------------------------------------------------------------------- */

void watch_waiting(struct gil *gil, uint64_t since_ns) {
    struct watch_cell *cell = &watch_cells[self.cell_index];
    atomic_store_explicit(&cell->gil, gil->cell_index, memory_order_relaxed);
    atomic_store_explicit(&cell->since_ns, since_ns, memory_order_release);
}

static void add_wait(struct watch_totals *totals, struct watch_group *group, uint64_t request_ns,
                     uint64_t acquire_ns) {
    uint64_t wait_ns = acquire_ns - request_ns;
    watch_add(&group->sums.wait_ns, wait_ns);
    watch_add(&group->sums.waits, 1);
    count_size(group->sums.wait_sizes, wait_ns);
    watch_reach(&group->most.wait_ns, wait_ns);
    watch_add(&totals->contended_ns, spells_add(&totals->spells, request_ns, acquire_ns));
}

void watch_acquired(struct gil *gil, uint64_t request_ns, uint64_t acquire_ns) {
    struct watch_totals *totals = gil->watch;
    if (!totals) return;
    struct watch_group *group = &totals->groups[self.group];
    if (self.handover_ns) watch_add(&group->sums.handover_ns, self.handover_ns);
    if (request_ns < acquire_ns) {
        add_wait(totals, group, request_ns, acquire_ns);
        self.turn_wait_ns += acquire_ns - request_ns;
    }
    atomic_store_explicit(&watch_cells[self.cell_index].since_ns, 0, memory_order_relaxed);
    if (self.looked) { /* a turn of its loop begins */
        self.looked = false;
        self.turn_ns = acquire_ns;
        self.turn_wait_ns = 0;
    }
}

void watch_withdrawn(struct gil *gil, uint64_t request_ns, uint64_t end_ns) {
    struct watch_totals *totals = gil->watch;
    if (totals && request_ns < end_ns) add_wait(totals, &totals->groups[self.group], request_ns, end_ns);
    atomic_store_explicit(&watch_cells[self.cell_index].since_ns, 0, memory_order_relaxed);
}

void watch_off(struct gil *gil) {
    for (uint32_t i = 0, used = atomic_load(&recording.cells_used); i < used; i++)
        if (atomic_load_explicit(&watch_cells[i].gil, memory_order_relaxed) == gil->cell_index)
            atomic_store_explicit(&watch_cells[i].since_ns, 0, memory_order_relaxed);
}

/* A turn: what the loop calls from when it knows what is ready until it asks again. What it waited for the GIL
 * in between is not its own doing. */
static void end_turn(struct watch_group *group, uint64_t release_ns) {
    self.looked = true;
    if (!self.turn_ns) return;
    uint64_t turn_ns = release_ns - self.turn_ns;
    turn_ns -= self.turn_wait_ns < turn_ns ? self.turn_wait_ns : turn_ns;
    watch_add(&group->sums.turns, 1);
    watch_add(&group->sums.turn_ns, turn_ns);
    count_size(group->sums.turn_sizes, turn_ns);
    watch_reach(&group->most.turn_ns, turn_ns);
    if (turn_ns < WATCH_LONG_TURN_NS) return;
    watch_add(&group->sums.blocked_turns, 1);
    watch_add(&group->sums.blocked_ns, turn_ns);
}

static void add_stall(struct watch_group *group, const struct stall *stall) {
    watch_add(&group->sums.stalls, 1);
    watch_add(&group->sums.stalled_ns, stall->ns);
    watch_add(&group->sums.stall_wait_ns, stall->wait_ns);
    count_size(group->sums.stall_sizes, stall->ns);
    watch_reach(&group->most.stall_ns, stall->ns);
}

void watch_released(struct gil *gil, PyThreadState *tstate, uint64_t release_ns, bool forced) {
    struct watch_totals *totals = gil->watch;
    if (!totals) return;
    if (UNLIKELY(!self.has_group)) watch_named();
    struct watch_group *group = &totals->groups[self.group];
    uint64_t held_ns = release_ns - watch_hold_begin(gil);
    totals->from_ns = 0;
    watch_add(&group->sums.held_ns, held_ns);
    watch_add(&group->sums.holds, 1);
    count_size(group->sums.hold_sizes, held_ns);
    watch_reach(&group->most.hold_ns, held_ns);
    if (forced) watch_add(&group->sums.forced, 1);
    self.kind = tstate ? watchkinds_of(totals, tstate) : KIND_OTHER;
    if (UNLIKELY(self.kind == KIND_TURN)) end_turn(group, release_ns);
    struct stall stall;
    if (UNLIKELY(held_ns >= 2 * gil_switch_interval_ns(gil->raw)) &&
        watchstalls_find(gil, release_ns, &stall)) {
        add_stall(group, &stall);
        watchstalls_keep(gil, tstate, &stall);
    }
    if (UNLIKELY(self.next_group != self.group)) set_group(self.next_group);
    if (forced) watch_waiting(gil, release_ns);
}

/* --- locks ---------------------------------------------------------------------------------- */

void watch_lock_begins(bool is_signal) {
    atomic_store_explicit(&watch_cells[self.cell_index].is_signal, is_signal, memory_order_relaxed);
}

void watch_lock_wait(struct gil *gil, const struct lock_row *row, bool is_signal) {
    struct watch_totals *totals = gil->watch;
    if (!totals || (row->result & ~LOCK_FOREVER) == LOCK_OPEN || row->end_ns < row->begin_ns) return;
    struct watch_sums *sums = &totals->groups[self.group].sums;
    uint64_t wait_ns = row->end_ns - row->begin_ns;
    if (row->flags & (LOCK_STOPPED | LOCK_STOPS)) {
        watch_add(&sums->stopped_ns, wait_ns);
        watch_add(&sums->stops, 1);
    } else if (is_signal) {
        watch_add(&sums->signal_ns, wait_ns);
        watch_add(&sums->signals, 1);
    } else {
        watch_add(&sums->lock_ns, wait_ns);
        watch_add(&sums->locks, 1);
        count_size(sums->lock_sizes, wait_ns);
        watch_reach(&totals->groups[self.group].most.lock_ns, wait_ns);
    }
    if (UNLIKELY(self.next_group != self.group)) set_group(self.next_group);
}
