/* An arena for a recording that is to begin. */
#include "fresh.h"

#include "shared/arenafile.h"

/* Descriptors 0 to 2 may be closed, and are to stay so. */
#define LOWEST_DESCRIPTOR 10

int fresh_arena_of(const struct arena_offer *offer) {
    int low = arena_make();
    if (low < 0) return -1;
    int fd = fcntl(low, F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR);
    int lifted_errno = errno;
    close(low);
    errno = lifted_errno;
    if (fd < 0) {
        if (errno == EINVAL) errno = EMFILE; /* RLIMIT_NOFILE is below the lowest */
        return -1;
    }
    if (pwrite(fd, offer, sizeof *offer, 0) == (ssize_t)sizeof *offer) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int fresh_arena(double sample_hz, uint64_t max_size_bytes) {
    struct arena_offer offer = {
        .magic = ARENA_MAGIC,
        .earlier = clock_pair_now(),
        .earlier_unix_ns = unix_ns(),
        .sample_hz = sample_hz,
        .max_size_bytes = max_size_bytes,
    };
    return fresh_arena_of(&offer);
}
