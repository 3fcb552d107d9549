/* Keep the GIL, called through ctypes.PyDLL, without needing a core; and know for how long. */
#include <time.h>

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double hold(long us) {
    struct timespec time = {us / 1000000, us % 1000000 * 1000};
    double begin_s = now_s();
    nanosleep(&time, 0);
    return now_s() - begin_s;
}
