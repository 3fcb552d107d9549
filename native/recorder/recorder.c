/* The state machine of a thread and a GIL: request, block, acquire, release, hand over.
 *
 * A hold is written when it ends, by the thread that still has the GIL. So each GIL's log has one
 * writer at any moment and is in the order of time by nature; nothing here takes a lock. */
#include "recorder.h"

#include "gils.h"
#include "gilswitch.h"
#include "lockwaits.h"
#include "logs.h"
#include "names.h"
#include "release_kind.h"
#include "stacks.h"
#include "stop.h"
#include "threads.h"
#include "watch.h"
#include "watchdog.h"
#include "watchtime.h"

/* An off-GIL stretch that is worth a CPU clock reading (about 550 ns) at each end: at this length
 * the two readings cost about 0.1 %. */
#define LONG_OFF_GIL_NS 1000000u

/* How often a GIL's holder looks whether the collector still drains what is recorded. */
#define LOOK_EVERY_NS 150000000u

static struct gil_cell *claim_gil_cell(struct gil *gil) {
    struct gil_cell *cells = recording.arena->gils;
    for (uint32_t i = 0; i < GIL_CELLS; i++) {
        uint32_t expected = CELL_FREE;
        if (!atomic_compare_exchange_strong(&cells[i].state, &expected, CELL_CLAIMED)) continue;
        uint32_t number = atomic_fetch_add(&recording.gils, 1);
        atomic_store(&recording.arena->gil_count, number + 1);
        if (!recording.is_logged) number = 0;
        if (number >= GILLESS_TABLE) return NULL; /* ids of tables are 16 bits wide */
        gil->cell_index = i;
        cells[i].gil = number;
        return &cells[i];
    }
    return NULL;
}

/* Bring a GIL into the current recording. Called by the thread that just took it, or holds it. */
static bool join_session(struct gil *gil, uint64_t time_ns) {
    gil->session = recording.session;
    set_holder(gil, NULL);
    gil->hold_count = 0;
    gil->released_ns = 0;
    gil->look_ns = 0;
    atomic_store_explicit(&gil->off_ns, 0, memory_order_relaxed);
    for (int kind = 0; kind < LOG_KINDS; kind++) gil->logs[kind] = (struct log){0};
    gil->cell = claim_gil_cell(gil);
    watch_join(gil);
    if (!gil->cell || (recording.is_logged && !intern_reset(gil))) {
        recording_give_up(STOP_OVERFLOW);
        return false;
    }
    struct gil_cell *cell = gil->cell;
    cell->interpreter_id = gil->interpreter_id;
    cell->start_ns = time_ns;
    cell->end_ns = 0;
    atomic_store_explicit(&cell->state, CELL_LIVE, memory_order_release);
    return true;
}

/* A thread that held the GIL, or waited for it, when the recording began. */
static bool join_from_the_start(void) {
    if (!thread_register()) return false;
    self.cell->start_ns = 1;
    return true;
}

static bool write_hold(struct gil *gil, uint64_t release_ns, uint32_t site) {
    if (!recording.is_logged) return true;
    struct hold_row *row = log_reserve(gil, LOG_HOLDS, sizeof *row);
    if (UNLIKELY(!row)) return false;
    *row = (struct hold_row){.request_ns = gil->request_ns,
                             .acquire_ns = gil->acquire_ns,
                             .release_ns = release_ns,
                             .thread = self.cell->thread | gil->alone,
                             .site = site};
    gil->hold_count++;
    log_commit(gil, LOG_HOLDS, sizeof *row);
    return true;
}

/* --- asking ------------------------------------------------------------------------------- */

bool recorder_holds(struct gil *gil) {
    if (LIKELY(gil->session == recording.session)) return holder_of(gil) == &self;
    /* The first event of this GIL in this recording: its holder took it before that began. */
    if (!gil_is_held_here(gil->raw)) return false;
    recorder_adopt(gil);
    return holder_of(gil) == &self;
}

/* A free-threaded interpreter turns its GIL off while others want it back: they go on without it. */
static void forget_if_off_since(struct gil *gil) {
    if (self.request_ns && self.request_ns < atomic_load_explicit(&gil->off_ns, memory_order_relaxed))
        self.request_ns = 0;
}

/* Counted before the clock is read: a holder that sees nobody has released before that. */
static void ask(struct gil *gil) {
    if (self.asks) return;
    forget_if_off_since(gil);
    bool is_known = gil->session == recording.session; /* else its holder has not shown up yet */
    if (is_known) atomic_fetch_add(&gil->cell->waiters, 1);
    if (!self.request_ns) self.request_ns = now_ns();
    if (!is_known) return;
    self.asks = true;
    self.asked = gil;
    if (recording.is_watched) watch_waiting(gil, self.request_ns);
    atomic_store_explicit(&self.cell->waiting_gil, gil->cell_index + 1, memory_order_relaxed);
    atomic_store_explicit(&self.cell->request_ns, self.request_ns, memory_order_release);
}

void recorder_request(struct gil *gil) {
    if (self.session == recording.session) ask(gil);
}

void recorder_block(struct gil *gil) {
    if (UNLIKELY(self.session != recording.session)) {
        /* It asked before the recording began, and has been waiting ever since. */
        if (!join_from_the_start()) return;
        self.request_ns = 1;
    }
    ask(gil);
    if (self.asks) recording_wake_collector();
}

static void has_it(void) {
    self.asks = false;
    atomic_fetch_sub_explicit(&self.asked->cell->waiters, 1, memory_order_relaxed);
    atomic_store_explicit(&self.cell->request_ns, 0, memory_order_relaxed);
}

/* It was turned off while the thread waited, which is over: a hold that takes no time, and stands for no
 * line. The mutex is locked and nobody holds the GIL, so the log has no other writer. */
void recorder_withdraw(struct gil *gil) {
    if (!self.asks || self.asked != gil || gil->session != recording.session) return;
    has_it();
    uint64_t time_ns = now_ns();
    if (time_ns < gil->released_ns) time_ns = gil->released_ns;
    gil->request_ns = self.request_ns < time_ns ? self.request_ns : time_ns;
    gil->acquire_ns = gil->released_ns = time_ns;
    gil->alone = HOLD_STANDS_ALONE;
    write_hold(gil, time_ns, 0);
    if (recording.is_watched) watch_withdrawn(gil, gil->request_ns, time_ns);
    self.last_held = gil;
    self.request_ns = self.handover_ns = self.released_cpu_ns = 0;
    self.released_ns = time_ns;
}

/* --- having ------------------------------------------------------------------------------- */

/* What the hold's own row has no room for: where it waited or was for long, for how long it was parked
 * before, and what the thread did off the GIL. Its frames are still those of the release. */
static void write_resume(struct gil *gil, bool waited, uint64_t off_ns) {
    if (!recording.is_logged) return;
    struct resume_row *row = log_reserve(gil, LOG_RESUMES, sizeof *row);
    if (!row) return;
    bool was_long = off_ns >= LONG_OFF_GIL_NS;
    PyThreadState *tstate = waited || was_long ? gil_tstate(gil) : NULL;
    uint64_t cpu_ns = was_long && self.released_cpu_ns ? thread_cpu_ns() : 0;
    *row = (struct resume_row){
        .hold_row = gil->hold_count,
        .handover_ns = self.handover_ns,
        .off_cpu_ns = cpu_ns >= self.released_cpu_ns && cpu_ns ? cpu_ns - self.released_cpu_ns : UINT64_MAX,
        .path_id = tstate ? stacks_path(gil, tstate) : 0,
    };
    log_commit(gil, LOG_RESUMES, sizeof *row);
}

static void begin_hold(struct gil *gil, uint64_t request_ns, uint64_t acquire_ns, bool alone) {
    set_holder(gil, &self);
    self.last_held = gil;
    gil->alone = alone ? HOLD_STANDS_ALONE : 0;
    gil->request_ns = request_ns;
    gil->acquire_ns = acquire_ns;
    gil->tstate = gil_last_holder(gil->raw);
    struct gil_cell *cell = gil->cell;
    atomic_store_explicit(&cell->request_ns, request_ns, memory_order_relaxed);
    atomic_store_explicit(&cell->tstate, (uint64_t)(uintptr_t)gil->tstate, memory_order_relaxed);
    atomic_store_explicit(&cell->acquire_ns, acquire_ns, memory_order_relaxed);
    atomic_store_explicit(&cell->holder, self.cell_index + 1, memory_order_release);
}

void recorder_acquire(struct gil *gil) {
    uint64_t time_ns = now_ns();
    if (UNLIKELY(self.session != recording.session)) {
        if (!join_from_the_start()) return;
        self.request_ns = 1;
    }
    if (UNLIKELY(gil->session != recording.session) && !join_session(gil, time_ns)) return;
    /* Two cores may read their clocks in the wrong order by some ns; see clock.h. */
    if (time_ns < gil->released_ns) time_ns = gil->released_ns;
    if (!self.asks) forget_if_off_since(gil);
    if (self.request_ns && self.request_ns < self.released_ns) self.request_ns = self.released_ns;
    bool waited = self.request_ns != 0 && self.request_ns < time_ns;
    uint64_t request_ns = waited ? self.request_ns : time_ns;
    if (self.asks) has_it();
    bool alone = waited || self.last_held != gil; /* it may have had another one since */
    if (LIKELY(self.released_ns)) {
        uint64_t off_ns = request_ns > self.released_ns ? request_ns - self.released_ns : 0;
        self.stretch_was_long = off_ns >= LONG_OFF_GIL_NS;
        bool has_more = waited || self.handover_ns || self.stretch_was_long;
        if (has_more) write_resume(gil, waited, off_ns);
        alone |= has_more;
    }
    if (recording.is_watched) watch_acquired(gil, request_ns, time_ns);
    self.handover_ns = 0;
    self.request_ns = 0;
    begin_hold(gil, request_ns, time_ns, alone);
    if (UNLIKELY(self.lock_waits)) lockwaits_write(gil, gil_tstate(gil));
}

void recorder_adopt(struct gil *gil) {
    if (self.session != recording.session && !thread_register()) return;
    self.cell->start_ns = 1; /* also where another hook was quicker to register it */
    if (gil->session != recording.session && !join_session(gil, 1)) return;
    begin_hold(gil, 1, 1, true);
}

/* --- letting go --------------------------------------------------------------------------- */

static void turned_off(struct gil *gil, uint64_t time_ns) {
    atomic_store_explicit(&gil->off_ns, time_ns, memory_order_relaxed);
    if (recording.is_watched) watch_off(gil);
}

static void leave(PyThreadState *tstate, uint32_t site, uint64_t time_ns) {
    atomic_store_explicit(&self.cell->last_site, site, memory_order_relaxed);
    atomic_store_explicit(&self.cell->released_tstate, (uint64_t)(uintptr_t)tstate, memory_order_relaxed);
    atomic_store_explicit(&self.cell->released_ns, time_ns, memory_order_release);
    self.tstate = tstate;
    self.released_ns = time_ns;
}

void recorder_release(struct gil *gil) {
    uint64_t time_ns = now_ns();
    if (time_ns < gil->acquire_ns) time_ns = gil->acquire_ns;
    PyThreadState *tstate = gil_tstate(gil);
    bool forced = false;
    uint32_t site = 0;
    if (LIKELY(tstate != NULL)) {
        if (UNLIKELY(drop_requested(tstate))) {
            forced = release_was_forced();
            atomic_store_explicit(&recording.arena->switch_interval_ns, gil_switch_interval_ns(gil->raw),
                                  memory_order_relaxed);
        }
        bool awaited = atomic_load_explicit(&gil->cell->waiters, memory_order_relaxed) != 0;
        if (awaited || forced) gil->alone = HOLD_STANDS_ALONE;
        if (recording.is_logged) site = stacks_site_released(gil, tstate, awaited, forced, time_ns);
        name_refresh(tstate, time_ns);
        gilswitch_look_again(gil, tstate, time_ns);
    } else gil->alone = HOLD_STANDS_ALONE; /* whether somebody waits is not known */
    write_hold(gil, time_ns, site);
    if (recording.is_watched) watch_released(gil, tstate, time_ns, forced);
    set_holder(gil, NULL);
    gil->released_ns = time_ns;
    if (UNLIKELY(!gil_is_enabled(gil->raw))) turned_off(gil, time_ns);
    atomic_store_explicit(&gil->cell->holder, 0, memory_order_relaxed);
    leave(tstate, site, time_ns);
    self.released_cpu_ns = self.stretch_was_long && recording.is_logged ? thread_cpu_ns() : 0;
    self.forced = forced;
    self.request_ns = forced ? time_ns : 0; /* it wants the GIL back: its wait begins here */
    if (UNLIKELY(atomic_load_explicit(&recording.arena->command, memory_order_relaxed)))
        recording_give_up(STOP_COMMAND);
    if (UNLIKELY(time_ns >= gil->look_ns)) {
        gil->look_ns = time_ns + LOOK_EVERY_NS;
        if (recording.is_logged) watchdog_look(time_ns);
        else watchtime_tick(time_ns);
    }
    if (UNLIKELY(!atomic_load_explicit(&recording.active, memory_order_relaxed))) intern_free(gil);
}

/* After a voluntary release the parking is no wait for the GIL: the thread has other plans. After a
 * forced one it is part of the wait that began at the release. */
void recorder_handover(uint64_t parked_ns) {
    if (self.session == recording.session && !self.forced) self.handover_ns = parked_ns;
}

void recorder_gil_destroyed(struct gil *gil) {
    if (gil->session != recording.session) return;
    uint64_t time_ns = now_ns();
    gil->alone = HOLD_STANDS_ALONE;
    bool had_it = holder_of(gil) == &self;
    if (had_it && recording.is_watched) watch_released(gil, NULL, time_ns, false);
    if (had_it && write_hold(gil, time_ns, 0)) self.released_ns = time_ns;
    set_holder(gil, NULL);
    logs_seal(gil);
    atomic_store(&gil->cell->holder, 0);
    gil->cell->end_ns = time_ns;
    atomic_store_explicit(&gil->cell->state, recording.is_logged ? CELL_ENDED : CELL_FREE,
                          memory_order_release);
    gil->session = 0;
}
