/* Being watched begins and ends, and begins anew in a forked child. */
#include "watching.h"

#include "gilless.h"
#include "gils.h"
#include "watch.h"
#include "watchgroups.h"
#include "watchtime.h"

static struct collections until_begin;

static struct collections collections_now(void) {
    PyInterpreterState *interpreter = PyInterpreterState_Main();
    struct collections now = {.ns = gc_collect_ns(interpreter)};
    for (uint32_t i = 0; i < GC_GENERATIONS; i++) now.times[i] = gc_collections(interpreter, i);
    return now;
}

struct collections watching_collections(void) {
    struct collections since = collections_now();
    for (uint32_t i = 0; i < GC_GENERATIONS; i++) since.times[i] -= until_begin.times[i];
    if (since.ns != UINT64_MAX) since.ns -= until_begin.ns;
    return since;
}

static void for_all(void (*call)(struct gil *)) {
    gils_each(call);
    if (gilless_log()) call(gilless_log());
}

void watching_begin(void) {
    if (recording.is_watched) return;
    watchgroups_begin();
    for_all(watch_clear);
    watch_begin_anew();
    until_begin = collections_now();
    watchtime_begin();
    recording.is_watched = true;
    struct gil *gil = recording.active ? watchtime_own_gil() : NULL;
    if (gil) watch_begin_within(gil, watchtime.since_ns);
}

/* The memory stays: others may be writing to it. */
void watching_end(void) {
    watchtime_cut();
    recording.is_watched = false;
}

void watching_after_fork(void) {
    watch_after_fork();
    for_all(watch_drop);
    if (!recording.is_watched) return;
    watch_begin_anew();
    until_begin = collections_now();
    watchtime_begin();
}
