/* What reading a clock costs on this machine, in ns: the scale for everything else. */
#include "shared/clock.h"

double clock_gettime_cost_ns(long times) {
    uint64_t start = monotonic_ns();
    for (long i = 0; i < times; i++) monotonic_ns();
    return (double)(monotonic_ns() - start) / (double)times;
}

double counter_cost_ns(long times) {
    uint64_t start = monotonic_ns();
    volatile uint64_t sink;
    for (long i = 0; i < times; i++) sink = read_counter();
    (void)sink;
    return (double)(monotonic_ns() - start) / (double)times;
}
