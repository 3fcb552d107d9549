/* Does anybody drain what is recorded? A collector can be killed, or stopped, at any time. */
#include "watchdog.h"

#include "stop.h"

#include <linux/futex.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool launched; /* by `gilscope run`: nobody here will tell the user what has happened */
static struct stat standard_error;

#define UNDRAINED_NS 850000000u /* with what passes between two looks: a second */
#define LONGEST_ABSENCE_NS 400000000u

void watchdog_tells_user(void) {
    launched = true;
    if (fstat(STDERR_FILENO, &standard_error) != 0) standard_error.st_ino = 0;
}

void watchdog_tells_nobody(void) { launched = false; }

/* Where the launcher is gone, too, nobody else says it. Not into a file that the program has opened
 * in the place of its standard error. */
static void say_undrained(bool has_ended) {
    struct stat now;
    char line[128];
    if (!launched || !standard_error.st_ino || fstat(STDERR_FILENO, &now) != 0) return;
    if (now.st_dev != standard_error.st_dev || now.st_ino != standard_error.st_ino) return;
    int bytes = snprintf(line, sizeof line,
                         "gilscope: recording stopped: its collector %s; the program goes on\n",
                         has_ended ? "has ended" : "has done nothing for a second");
    if (write(STDERR_FILENO, line, (size_t)bytes) < 0) return; /* nobody reads it */
}

/* Called a few times a second by a thread that holds a GIL. Looks that are far apart tell nothing:
 * both processes may have been stopped in between. */
void watchdog_look(uint64_t time_ns) {
    static _Atomic uint32_t last_beat;
    static _Atomic uint64_t beat_ns, looked_ns, session;
    struct arena_header *arena = recording.arena;
    bool has_ended = atomic_load(&arena->collector_alive) & FUTEX_OWNER_DIED;
    uint32_t beat = atomic_load(&arena->beat);
    uint64_t before_ns = atomic_exchange(&looked_ns, time_ns);
    if (atomic_exchange(&session, recording.session) != recording.session ||
        atomic_exchange(&last_beat, beat) != beat || time_ns < before_ns ||
        time_ns - before_ns > LONGEST_ABSENCE_NS)
        atomic_store(&beat_ns, time_ns);
    uint64_t since_ns = atomic_load(&beat_ns);
    if (!has_ended && (time_ns < since_ns || time_ns - since_ns < UNDRAINED_NS)) return;
    if (!recording.active) return;
    recording_give_up(STOP_UNDRAINED);
    say_undrained(has_ended);
}
