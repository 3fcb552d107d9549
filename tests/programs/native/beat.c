/* A heart that beats without the GIL and asks for it once per beat. */
#include <stdint.h>
#include <time.h>

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* Until *stop, at most `n` times: sleep, stamp, call. `call` is a Python function: entering it
 * takes the GIL, so what passes from the stamp to its first line is the wait. Returns the beats. */
long beat(int64_t *stamps, long n, int64_t period_ns, const volatile int *stop, void (*call)(long)) {
    struct timespec period = {period_ns / 1000000000, period_ns % 1000000000};
    long i;
    for (i = 0; i < n && !*stop; i++) {
        nanosleep(&period, 0);
        stamps[i] = now_ns();
        call(i);
    }
    return i;
}
