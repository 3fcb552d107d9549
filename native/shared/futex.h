/* A word of the arena to wait on, across processes; see futex(2). */
#ifndef GILSCOPE_FUTEX_H
#define GILSCOPE_FUTEX_H

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"

/* Wait as long as the word has that value, but no longer than `at_most_ns`, less than a second.
 * Where that is refused, this is a pause, and not a loop that takes a whole CPU. */
static inline void futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t at_most_ns) {
    struct timespec timeout = {.tv_nsec = (long)at_most_ns};
    if (syscall(SYS_futex, word, FUTEX_WAIT, value, &timeout, NULL, 0) == 0) return;
    if (errno != EAGAIN && errno != ETIMEDOUT && errno != EINTR) pause_ns(at_most_ns);
}

/* Where that is refused, whoever waits looks again when its time is over. */
static inline void futex_wake(_Atomic uint32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* One of those that wait. */
static inline void futex_wake_one(_Atomic uint32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

#endif
