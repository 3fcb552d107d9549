/* The clock of a recording: nanoseconds of CLOCK_MONOTONIC since it began, at a third of the price.
 *
 * Where the kernel itself keeps time with the CPU's counter (its clocksource is "tsc" or
 * "arch_sys_counter", which it trusts only if it is constant and the same on all cores), the
 * counter is read directly and scaled. The collector compares with CLOCK_MONOTONIC every second and
 * adjusts the rate so that what has drifted apart (some millionths) is made up in the next; the
 * clock never jumps. Elsewhere CLOCK_MONOTONIC is read.
 *
 * Reading a counter may be reordered with its neighbours by some ns; the recorder sees to it that
 * no hold begins before the last one ended. */
#ifndef GILSCOPE_CLOCK_H
#define GILSCOPE_CLOCK_H

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

struct clock {
    _Atomic uint32_t version; /* odd while the rest is being written; writers take turns */
    uint32_t uses_counter;
    uint64_t base_ticks, base_ns;
    uint64_t rate;     /* ns per tick, times 2^32 */
    uint64_t start_ns; /* CLOCK_MONOTONIC at zero */
};

struct clock_pair {
    uint64_t ticks, ns;
};

static inline uint64_t timespec_ns(struct timespec t) {
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t monotonic_ns(void) {
    struct timespec t = {0}; /* it cannot fail where Python runs; if it does, time stands still */
    clock_gettime(CLOCK_MONOTONIC, &t);
    return timespec_ns(t);
}

/* At least a moment, also where nanosleep() is refused. */
static inline void pause_ns(uint64_t ns) {
    struct timespec pause = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
    if (nanosleep(&pause, NULL) != 0 && errno != EINTR) poll(NULL, 0, (int)(ns / 1000000u) + 1);
}

static inline uint64_t read_counter(void) {
#if defined(__x86_64__)
    return __rdtsc();
#else
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#endif
}

static inline uint64_t scale_ticks(uint64_t ticks, uint64_t rate) {
    return (uint64_t)(((unsigned __int128)ticks * rate) >> 32);
}

static inline uint64_t clock_now_ns(const struct clock *clock) {
    if (__builtin_expect(!clock->uses_counter, 0)) return monotonic_ns() - clock->start_ns;
    for (int tries = 0; tries < 10000; tries++) {
        uint32_t version = atomic_load_explicit(&clock->version, memory_order_acquire);
        uint64_t base_ns = __atomic_load_n(&clock->base_ns, __ATOMIC_RELAXED);
        uint64_t base_ticks = __atomic_load_n(&clock->base_ticks, __ATOMIC_RELAXED);
        uint64_t rate = __atomic_load_n(&clock->rate, __ATOMIC_RELAXED);
        uint64_t ns = base_ns + scale_ticks(read_counter() - base_ticks, rate);
        atomic_thread_fence(memory_order_acquire);
        bool unchanged = atomic_load_explicit(&clock->version, memory_order_relaxed) == version;
        if (__builtin_expect(unchanged && !(version & 1), 1)) return ns;
    }
    return monotonic_ns() - clock->start_ns; /* whoever was writing it does not finish */
}

static inline uint64_t unix_ns(void) {
    struct timespec t = {0};
    clock_gettime(CLOCK_REALTIME, &t);
    return timespec_ns(t);
}

/* Both clocks at the same moment: of several tries the one that took least. */
static inline struct clock_pair clock_pair_now(void) {
    struct clock_pair best = {0, 0};
    uint64_t shortest = UINT64_MAX;
    for (int i = 0; i < 10; i++) {
        uint64_t before = read_counter(), ns = monotonic_ns(), after = read_counter();
        if (after - before >= shortest) continue;
        shortest = after - before;
        best = (struct clock_pair){before + shortest / 2, ns};
    }
    return best;
}

bool clock_counter_is_trusted(void);
/* Is the C library's clock the kernel's? Libraries such as libfaketime put their own in its place. */
bool clock_is_genuine(void);
void clock_start(struct clock *clock, struct clock_pair earlier, bool counter_is_trusted);
/* Once a second or so, by one thread at a time. */
void clock_adjust(struct clock *clock);

#endif
