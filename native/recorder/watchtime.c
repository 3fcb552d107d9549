/* A process is watched in whatever recordings follow each other: one for itself (session_watch), or one of somebody
 * else, whose rows are counted by the way. Between them it is not. */
#include "watchtime.h"

#include "watch.h"

struct watchtime watchtime;
static _Atomic uint32_t is_adjusting;

struct gil *watchtime_own_gil(void) {
    struct gil *gil = self.session == recording.session ? self.last_held : NULL;
    return gil && gil->session == recording.session && holder_of(gil) == &self ? gil : NULL;
}

void watchtime_begin(void) {
    watchtime = (struct watchtime){.begin_ns = monotonic_ns(), .begin_unix_ns = unix_ns()};
    if (recording.active) watchtime.since_ns = now_ns();
    atomic_store(&is_adjusting, 0); /* in a forked child, a thread may have been that there is not */
}

static uint64_t in_this_recording(uint64_t end_ns) {
    return end_ns > watchtime.since_ns ? end_ns - watchtime.since_ns : 0;
}

uint64_t watchtime_ns(void) {
    bool goes_on = recording.is_watched && recording.active;
    return watchtime.before_ns + (goes_on ? in_this_recording(now_ns()) : 0);
}

#define ADJUST_EVERY_NS 1000000000u

void watchtime_tick(uint64_t time_ns) {
    static _Atomic uint64_t session, due_ns;
    if (atomic_exchange(&is_adjusting, 1)) return;
    bool is_new = atomic_exchange(&session, recording.session) != recording.session;
    if (is_new || time_ns >= atomic_load(&due_ns)) {
        clock_adjust(&recording.arena->clock);
        atomic_store(&due_ns, time_ns + ADJUST_EVERY_NS);
    }
    atomic_store(&is_adjusting, 0);
}

void watchtime_cut(void) {
    if (!recording.is_watched) return;
    uint64_t end_ns = now_ns();
    watchtime.before_ns += in_this_recording(end_ns);
    watchtime.since_ns = 0; /* from the beginning of the next */
    struct gil *gil = watchtime_own_gil();
    if (gil) watch_cut(gil, end_ns);
}
