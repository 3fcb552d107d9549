/* Set up the clock of a recording, and keep it in step with CLOCK_MONOTONIC. */
#include "clock.h"

#include "rawcall.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A rate measured over 5 ms is right to about 4 millionths; what that is off is made up later. */
#define CALIBRATION_NS 5000000u
#define LARGEST_CORRECTION (1.0 / 2000) /* as the kernel limits its own (NTP) */

bool clock_counter_is_trusted(void) {
    char name[32] = "";
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t bytes = read(fd, name, sizeof name - 1);
    close(fd);
    if (bytes <= 0) return false;
    name[strcspn(name, "\n")] = 0;
    return strcmp(name, "tsc") == 0 || strcmp(name, "arch_sys_counter") == 0;
}

#define LARGEST_DIFFERENCE_NS 5000000u

bool clock_is_genuine(void) {
    for (int tries = 0; tries < 5; tries++) { /* it may lose its CPU between the two */
        struct timespec t;
        uint64_t before = monotonic_ns();
        if (raw_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&t, 0, 0) != 0) return true;
        if (timespec_ns(t) - before < LARGEST_DIFFERENCE_NS) return true;
    }
    return false;
}

#define LARGEST_RATE 1e15 /* what memory that others can write makes of it is still a number */

static uint64_t rate_between(struct clock_pair from, struct clock_pair to) {
    if (to.ticks <= from.ticks || to.ns <= from.ns) return 0;
    double rate = (double)(to.ns - from.ns) / (double)(to.ticks - from.ticks) * 4294967296.0;
    return (uint64_t)(rate < LARGEST_RATE ? rate : LARGEST_RATE);
}

/* Of the clock that was started last: when it was adjusted, and what it showed at first. */
static struct {
    struct clock_pair last;
    uint64_t first_ns, first_shown;
} adjusted;

/* `earlier` is a pair taken some time ago. The clock starts at 1: 0 means "not yet". */
void clock_start(struct clock *clock, struct clock_pair earlier, bool counter_is_trusted) {
    memset(&adjusted, 0, sizeof adjusted);
    clock->uses_counter = earlier.ticks && counter_is_trusted;
    struct clock_pair now = clock_pair_now();
    while (clock->uses_counter && now.ns - earlier.ns < CALIBRATION_NS) {
        pause_ns(200000);
        now = clock_pair_now();
    }
    if (clock->uses_counter) clock->rate = rate_between(earlier, now);
    clock->base_ticks = now.ticks;
    clock->base_ns = 1;
    clock->start_ns = now.ns - 1;
}

/* From here on at such a rate that in as long as since the last time the error is gone. What this
 * process measures are differences: in another time namespace than the program's, its own
 * CLOCK_MONOTONIC is off by days. */
void clock_adjust(struct clock *clock) {
    struct clock_pair last = adjusted.last;
    if (!clock->uses_counter) return;
    struct clock_pair now = clock_pair_now();
    uint64_t shown = clock->base_ns + scale_ticks(now.ticks - clock->base_ticks, clock->rate);
    if (!adjusted.first_ns) {
        adjusted.first_ns = now.ns;
        adjusted.first_shown = shown;
    }
    if (last.ns && now.ns > last.ns) {
        double error = (double)(int64_t)((now.ns - adjusted.first_ns) - (shown - adjusted.first_shown));
        double correction = error / (double)(now.ns - last.ns);
        if (correction > LARGEST_CORRECTION) correction = LARGEST_CORRECTION;
        if (correction < -LARGEST_CORRECTION) correction = -LARGEST_CORRECTION;
        uint64_t rate = (uint64_t)((double)rate_between(last, now) * (1 + correction));
        atomic_fetch_add(&clock->version, 1);
        atomic_thread_fence(memory_order_release); /* the version is odd before anything changes */
        __atomic_store_n(&clock->base_ns, shown, __ATOMIC_RELAXED);
        __atomic_store_n(&clock->base_ticks, now.ticks, __ATOMIC_RELAXED);
        __atomic_store_n(&clock->rate, rate, __ATOMIC_RELAXED);
        atomic_fetch_add(&clock->version, 1);
    }
    adjusted.last = now;
}
