/* Waits for locks: who waited for which, and who ended that.
 *
 * A thread that blocks on a lock has given up the GIL, and takes it again afterwards. Only then does it
 * write what it waited for, into the log of that GIL, whose only writer it is at that moment. Until then
 * it stands in the thread's cell, where the collector finds it if the thread never comes back.
 *
 * A thread that has no GIL to come back to (see gilless.h) notes where it is before it blocks, and writes as
 * soon as the wait is over. */
#include "lockwaits.h"

#include "gilless.h"
#include "gils.h"
#include "logs.h"
#include "names.h"
#include "stacks.h"
#include "watch.h"
#include "watchkinds.h"
#include "whichlock.h"

#include <errno.h>

/* --- waiting ------------------------------------------------------------------------------ */

static bool is_recorded(void) {
    return atomic_load_explicit(&recording.active, memory_order_relaxed) && self.session == recording.session;
}

/* The GIL that it had last, unless that is gone, or off. */
static struct gil *own_gil(void) {
    struct gil *gil = self.last_held;
    return gil && gil->session == recording.session && gil_is_enabled(gil->raw) ? gil : NULL;
}

static bool has_gil(void) { return self.last_held && holder_of(self.last_held) == &self; }

/* Of a thread that runs. While it deletes an interpreter, the GIL's last holder is freed memory. */
static PyThreadState *running_tstate(void) {
    PyThreadState *tstate = runtime_is_finalizing() ? NULL : current_tstate();
    return tstate && !interpreter_is_finalizing(tstate->interp) ? tstate : NULL;
}

static struct lock_row *last_wait(void) { return &self.cell->locks[self.lock_waits - 1]; }

/* Waits of a thread that has no GIL between them stand in its cell, unless there are too many: then it
 * does not run Python code. One that a signal interrupted is the same, if it goes on at once. */
static bool goes_on(uint64_t lock, const void *semaphore) {
    if (!self.lock_waits) return false;
    const struct lock_row *last = last_wait();
    return (last->result & ~LOCK_FOREVER) == LOCK_INTERRUPTED && last->lock == lock &&
           self.semaphores[self.lock_waits - 1] == semaphore;
}

static void publish(void) {
    atomic_store_explicit(&self.cell->lock_waits, self.lock_waits, memory_order_release);
}

/* Does it wait to be told something, and not for what others have? A condition has a lock of its own for each
 * thread that waits, and that thread has it. */
static bool is_signal(const struct lock_row *row, enum watch_kind kind) {
    return kind == KIND_SIGNAL || (row->flags & LOCK_OF_QUEUE) == LOCK_OF_QUEUE || row->owner == row->thread;
}

static void begin(void *semaphore, const struct lock_row *row, enum watch_kind kind) {
    self.cell->locks[self.lock_waits] = *row;
    self.is_signal[self.lock_waits] = is_signal(row, kind);
    if (recording.is_watched) watch_lock_begins(self.is_signal[self.lock_waits]);
    bool is_known = recording.is_logged && waiters_enter(semaphore);
    self.semaphores[self.lock_waits++] = is_known ? semaphore : NULL;
    publish();
}

static struct lock_row new_row(const void *semaphore, uint64_t lock, uint8_t result) {
    return (struct lock_row){.lock = lock,
                             .begin_ns = now_ns(),
                             .thread = self.cell->thread,
                             .result = result,
                             .owner = whichlock_is_own(semaphore) ? 0 : owner_of(semaphore)};
}

static bool begin_with_gil(struct gil *gil, void *semaphore, uint8_t result) {
    uint64_t lock = whichlock(semaphore);
    self.lock_goes_on = goes_on(lock, semaphore);
    if (self.lock_goes_on) {
        __atomic_store_n(&last_wait()->result, result, __ATOMIC_RELAXED);
        return true;
    }
    if (self.lock_waits == LOCK_WAITS) return false;
    bool with_gil = has_gil();
    struct thread_cell *cell = self.cell;
    struct lock_row row = new_row(semaphore, lock, result);
    if (lock && whichlock_is_own(semaphore)) row.flags = whichlock_queue_flags(lock);
    row.site = with_gil ? 0 : atomic_load_explicit(&cell->last_site, memory_order_relaxed);
    cell->lock_gil = gil->cell->gil;
    cell->lock_tstate = with_gil ? 0 : (uint64_t)(uintptr_t)self.tstate;
    begin(semaphore, &row, with_gil ? KIND_OTHER : (enum watch_kind)self.kind);
    return true;
}

static bool begin_without_gil(void *semaphore, uint8_t result) {
    struct lock_row row = new_row(semaphore, whichlock(semaphore), result);
    struct gil *log = gilless_enter();
    if (!log) return false;
    if (UNLIKELY(self.lock_waits)) lockwaits_write(log, NULL); /* the GIL has been turned off since */
    PyThreadState *tstate = gilless_tstate();
    enum watch_kind kind = tstate && log->watch ? watchkinds_of(log->watch, tstate) : KIND_OTHER;
    if (tstate) {
        if (recording.is_logged) row.site = stacks_site(log, tstate, true, false);
        name_refresh_without_gil(tstate, row.begin_ns);
    }
    row.flags = whichlock_flags(row.lock, tstate);
    gilless_leave();
    if (!is_recorded()) return false;
    self.lock_goes_on = false;
    self.cell->lock_gil = GILLESS_TABLE;
    self.cell->lock_tstate = 0;
    begin(semaphore, &row, kind);
    return true;
}

bool lockwaits_begin(void *semaphore, bool is_timed) {
    if (!is_recorded()) return false;
    uint8_t result = is_timed ? LOCK_OPEN : LOCK_OPEN | LOCK_FOREVER;
    struct gil *gil = own_gil();
    return gil ? begin_with_gil(gil, semaphore, result) : begin_without_gil(semaphore, result);
}

/* --- writing ------------------------------------------------------------------------------ */

static void leave(uint32_t wait) {
    struct lock_row *row = &self.cell->locks[wait];
    if (!self.semaphores[wait]) return;
    struct wake wake = waiters_leave(self.semaphores[wait]);
    self.semaphores[wait] = NULL;
    bool fits = wake.time_ns >= row->begin_ns && (wake.time_ns <= row->end_ns || wake.is_late);
    if (!fits || (row->result & ~LOCK_FOREVER) != LOCK_GOT) return;
    row->wake_ns = wake.time_ns < row->end_ns ? wake.time_ns : row->end_ns;
    row->waker = wake.thread;
    row->waker_site = wake.site;
    row->waker_gil = wake.gil;
}

static bool write_row(struct gil *gil, uint32_t wait, PyThreadState *tstate) {
    if (recording.is_watched) watch_lock_wait(gil, &self.cell->locks[wait], self.is_signal[wait]);
    if (!recording.is_logged) return true;
    struct lock_row *row = log_reserve(gil, LOG_LOCKS, sizeof *row);
    if (!row) return false;
    struct lock_row *kept = &self.cell->locks[wait];
    leave(wait);
    if (tstate) kept->site = stacks_site(gil, tstate, true, false);
    *row = *kept;
    log_commit(gil, LOG_LOCKS, sizeof *row);
    return true;
}

void lockwaits_write(struct gil *gil, PyThreadState *tstate) {
    bool is_same = gil->cell->gil == self.cell->lock_gil;
    if (!is_same) tstate = NULL;
    uint32_t count = self.lock_waits;
    self.lock_waits = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_same) self.cell->locks[i].site = 0;
        if (!write_row(gil, i, tstate)) return; /* the recording has been given up */
    }
    publish();
}

static void write_without_gil(void) {
    struct gil *log = gilless_enter();
    if (!log) return;
    lockwaits_write(log, NULL);
    gilless_leave();
}

/* --- coming back --------------------------------------------------------------------------- */

static uint8_t result_of(int error) {
    switch (error) {
    case 0: return LOCK_GOT;
    case ETIMEDOUT: return LOCK_TIMED_OUT;
    case EINTR: return LOCK_INTERRUPTED;
    default: return LOCK_FAILED;
    }
}

void lockwaits_end(int error) {
    if (!is_recorded() || !self.lock_waits) return;
    struct lock_row *row = last_wait();
    row->end_ns = now_ns();
    uint8_t forever = row->result & LOCK_FOREVER;
    __atomic_store_n(&row->result, forever | result_of(error), __ATOMIC_RELEASE);
    if (self.cell->lock_gil == GILLESS_TABLE) write_without_gil();
    else if (has_gil()) lockwaits_write(self.last_held, running_tstate());
    if (error) errno = error;
}

void lockwaits_forget(void) {
    if (self.lock_goes_on) {
        lockwaits_end(0);
        return;
    }
    leave(--self.lock_waits);
    publish();
}

void lockwaits_abandon(void) {
    for (uint32_t i = 0; i < self.lock_waits; i++) leave(i);
}

/* --- waking ------------------------------------------------------------------------------- */

static void add_site_without_gil(struct wake *wake) {
    struct gil *log = gilless_enter();
    if (!log) return;
    PyThreadState *tstate = gilless_tstate();
    wake->gil = GILLESS_TABLE;
    wake->site = tstate ? stacks_site(log, tstate, true, false) : 0;
    gilless_leave();
}

/* Where the calling thread is; if it has let go of the GIL, where it did. */
static void add_site(struct wake *wake) {
    struct gil *gil = own_gil();
    if (!gil) {
        add_site_without_gil(wake);
        return;
    }
    wake->gil = (uint16_t)gil->cell->gil;
    if (!has_gil()) {
        wake->site = atomic_load_explicit(&self.cell->last_site, memory_order_relaxed);
        return;
    }
    PyThreadState *tstate = running_tstate();
    if (tstate) wake->site = stacks_site(gil, tstate, true, false);
}

static void note(void *semaphore, uint64_t time_ns, bool is_late) {
    int error = errno;
    struct wake wake = {.time_ns = time_ns, .is_late = is_late};
    if (self.session == recording.session) {
        wake.thread = self.cell->thread;
        add_site(&wake);
    }
    waiters_note(semaphore, wake);
    errno = error;
}

static bool wakes(void *semaphore) {
    return atomic_load_explicit(&recording.active, memory_order_relaxed) && waiters_any(semaphore);
}

uint64_t lockwaits_before_post(void *semaphore) {
    if (!wakes(semaphore)) return 0;
    uint64_t time_ns = now_ns();
    if (self.session == recording.session && has_gil() && gils_are_one()) return time_ns;
    note(semaphore, time_ns, false);
    return WAKE_IS_NOTED;
}

void lockwaits_after_post(void *semaphore, uint64_t before_ns) {
    if (before_ns == WAKE_IS_NOTED || !wakes(semaphore)) return;
    note(semaphore, before_ns ? before_ns : now_ns(), !before_ns);
}
