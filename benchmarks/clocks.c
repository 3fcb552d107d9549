/* What reading a clock costs on this machine, in ns: the scale for everything else. */
#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t counter(void) {
#if defined(__x86_64__)
    return __rdtsc();
#else
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#endif
}

double clock_gettime_cost_ns(long times) {
    uint64_t start = now_ns();
    for (long i = 0; i < times; i++) now_ns();
    return (double)(now_ns() - start) / (double)times;
}

double counter_cost_ns(long times) {
    uint64_t start = now_ns();
    volatile uint64_t sink;
    for (long i = 0; i < times; i++) sink = counter();
    (void)sink;
    return (double)(now_ns() - start) / (double)times;
}
