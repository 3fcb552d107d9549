/* A process is watched in whatever recordings follow each other: one for itself (session_watch), or one of somebody
 * else, whose rows are counted by the way. Between them it is not. */
#include "watchtime.h"

#include "watch.h"

struct watchtime watchtime;

struct gil *watchtime_own_gil(void) {
    struct gil *gil = self.session == recording.session ? self.last_held : NULL;
    return gil && gil->session == recording.session && holder_of(gil) == &self ? gil : NULL;
}

void watchtime_begin(void) {
    watchtime = (struct watchtime){.begin_ns = monotonic_ns(), .begin_unix_ns = unix_ns()};
    if (recording.active) watchtime.since_ns = now_ns();
}

static uint64_t in_this_recording(uint64_t end_ns) {
    return end_ns > watchtime.since_ns ? end_ns - watchtime.since_ns : 0;
}

uint64_t watchtime_ns(void) {
    bool goes_on = recording.is_watched && recording.active;
    return watchtime.before_ns + (goes_on ? in_this_recording(now_ns()) : 0);
}

void watchtime_cut(void) {
    if (!recording.is_watched) return;
    uint64_t end_ns = now_ns();
    watchtime.before_ns += in_this_recording(end_ns);
    watchtime.since_ns = 0; /* from the beginning of the next */
    struct gil *gil = watchtime_own_gil();
    if (gil) watch_cut(gil, end_ns);
}
