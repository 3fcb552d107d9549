/* Who has the GIL writes alone. Where there is none, a mutex of our own stands in for it: only a thread that
 * is about to block, or has been, and who ended that, want it, so it is rarely waited for.
 *
 * A thread follows its own frames only, where it waits or ends a wait: those stay as they are meanwhile, and
 * what they refer to stays alive, unless the interpreter is ending. The program's last act before that is to
 * call us (atexit), when we stop following frames. */
#include "gilless.h"

#ifdef Py_GIL_DISABLED
#include "shared/futex.h"
#include "stacks.h"
#include "stop.h"
#include "watch.h"
#include "watchdog.h"
#include "watchtime.h"

#include <errno.h>

#define SPINS 100u
#define PATIENCE_NS 100000000u
#define MOST_WAITS 100u
#define LOOK_EVERY_NS 150000000u

enum { FREE = 0, TAKEN = 1, AWAITED = 2 };
static _Atomic uint32_t mutex;
static __thread bool is_inside __attribute__((tls_model("initial-exec")));
static bool follows_frames; /* the rest is only touched with the mutex */
static struct gil_cell cell = {.gil = GILLESS_TABLE};
static struct gil shared_log = {.cell = &cell};

static bool try_lock(uint32_t as) {
    uint32_t expected = FREE;
    return atomic_compare_exchange_strong_explicit(&mutex, &expected, as, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* Who has it is never blocked, but may be kept from running. Should it be for ever, the program goes on. */
static bool lock(void) {
    for (uint32_t i = 0; i < SPINS; i++)
        if (try_lock(TAKEN)) return true;
    for (uint32_t i = 0; i < MOST_WAITS; i++) {
        if (atomic_exchange_explicit(&mutex, AWAITED, memory_order_acquire) == FREE) return true;
        futex_wait(&mutex, AWAITED, PATIENCE_NS);
    }
    recording_give_up(STOP_OVERFLOW);
    return false;
}

static void unlock(void) {
    if (atomic_exchange_explicit(&mutex, FREE, memory_order_release) == AWAITED) futex_wake_one(&mutex);
}

static bool enter(void) {
    if (is_inside) return false; /* a signal's handler */
    is_inside = true;
    int error = errno;
    bool has_it = lock();
    errno = error;
    if (!has_it) is_inside = false;
    return has_it;
}

void gilless_leave(void) {
    int error = errno;
    unlock();
    is_inside = false;
    errno = error;
}

static bool is_recorded(void) {
    return atomic_load_explicit(&recording.active, memory_order_relaxed) && self.session == recording.session;
}

static bool join_session(void) {
    shared_log.session = recording.session;
    shared_log.look_ns = 0;
    for (int kind = 0; kind < LOG_KINDS; kind++) shared_log.logs[kind] = (struct log){0};
    watch_join(&shared_log);
    if (!recording.is_logged || intern_reset(&shared_log)) return true;
    recording_give_up(STOP_OVERFLOW);
    return false;
}

/* Does anybody drain what is recorded, and want more? */
static bool is_wanted(void) {
    uint64_t time_ns = now_ns();
    if (UNLIKELY(atomic_load_explicit(&recording.arena->command, memory_order_relaxed)))
        recording_give_up(STOP_COMMAND);
    if (UNLIKELY(time_ns >= shared_log.look_ns)) {
        shared_log.look_ns = time_ns + LOOK_EVERY_NS;
        if (recording.is_logged) watchdog_look(time_ns);
        else watchtime_tick(time_ns);
    }
    return is_recorded();
}

struct gil *gilless_log(void) { return &shared_log; }

struct gil *gilless_enter(void) {
    if (!is_recorded() || !enter()) return NULL;
    bool joined = is_recorded() && (shared_log.session == recording.session || join_session());
    if (joined && is_wanted()) return &shared_log;
    if (!is_recorded()) intern_free(&shared_log);
    gilless_leave();
    return NULL;
}

/* Of a thread that has just let go of its thread state, that is known where there is one interpreter only. */
PyThreadState *gilless_tstate(void) {
    if (!follows_frames || runtime_is_finalizing()) return NULL;
    PyThreadState *tstate = current_tstate();
    if (!tstate && interpreter_is_alone()) tstate = PyGILState_GetThisThreadState();
    return tstate && !interpreter_is_finalizing(tstate->interp) ? tstate : NULL;
}

void gilless_follow_frames(bool follow) {
    bool has_it = enter();
    follows_frames = follow;
    if (has_it) gilless_leave();
}

/* What another thread was changing when this one forked is given up. */
void gilless_after_fork(void) {
    if (atomic_load(&mutex) != FREE) shared_log.intern = NULL;
    atomic_store(&mutex, FREE);
    is_inside = false;
}

void gilless_end(void) {
    if (!enter()) return;
    if (shared_log.session) intern_free(&shared_log);
    shared_log.session = 0;
    gilless_leave();
}
#endif
