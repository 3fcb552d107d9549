/* The collector: drains the arena of one observed process into a sink, samples what runs inside holds
 * that others wait for, and completes the recording however the process ends. */
#ifndef GILSCOPE_COLLECTOR_H
#define GILSCOPE_COLLECTOR_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shared/arena.h"
#include "shared/format.h"

struct collector {
    struct arena_header *arena; /* others write there: read once, check, and use the copy */
    int arena_fd;
    double sample_hz;           /* these were copied before there was a program */
    uint64_t max_size_bytes;
    struct frame_layout layout; /* checked */
    struct sink *sink;
    uint32_t process; /* its number; 0 for the first */
    pid_t pid; /* 0 as long as it is not established */
    bool knows_threads; /* the program's thread ids are the same here */
    bool launched;
    bool attached;     /* its launcher has found a process that runs, and lets it go on afterwards */
    uint64_t asked_ns; /* since when it is to stop recording because of that; or 0 */
    bool left_alone;   /* it has not stopped recording yet: nobody there has let go of the GIL */
    bool executed; /* it has become another program */
    bool cannot_read; /* the program's memory: so it may have become another program unseen */
    int pidfd;
    int control; /* the launcher's end of a pipe, or -1 */
    uint64_t skew_ns; /* of our CLOCK_MONOTONIC, where no counter is: another time namespace */
    uint64_t end_ns;
    int exit_status; /* INT_MIN: unknown */
    const char *unsampled; /* why there can be no samples, or NULL */
    uint64_t samples;
};

/* A field that others may be writing, read a single time. */
#define once(field) (*(volatile __typeof__(field) *)&(field))

static inline bool is_ended(const struct collector *c) { return c->end_ns != 0; }

static inline uint64_t collector_now_ns(const struct collector *c) {
    return clock_now_ns(&c->arena->clock) - c->skew_ns;
}

static inline bool is_readable(int fd) {
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return fd >= 0 && poll(&poll_fd, 1, 0) == 1;
}

#endif
