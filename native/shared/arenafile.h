/* What the kernel says about the arena's file: whether it is whole, and whose locks are on it. */
#ifndef GILSCOPE_ARENAFILE_H
#define GILSCOPE_ARENAFILE_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "arena.h"

/* Nothing of it that is mapped ever goes away. */
static inline bool arena_cannot_shrink(int fd) {
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK);
}

/* As long as it ever will be, and empty. -1 and errno. */
static inline int arena_make(void) {
    int fd = memfd_create("gilscope", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -1;
    if (ftruncate(fd, (off_t)ARENA_BYTES) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0) return fd;
    int error = errno;
    close(fd);
    return errno = error, -1;
}

static inline bool arena_is_whole(int fd) {
    struct stat status;
    return arena_cannot_shrink(fd) && fstat(fd, &status) == 0 && status.st_size == (off_t)ARENA_BYTES;
}

static inline struct flock arena_lock_of(off_t which) {
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = which, .l_len = 1};
}

static inline bool arena_take_lock(int fd, off_t which) {
    struct flock lock = arena_lock_of(which);
    return fcntl(fd, F_SETLK, &lock) == 0;
}

/* Its pid as it is here; 0 if nobody has the lock, or somebody of another namespace. */
static inline pid_t arena_lock_holder(int fd, off_t which) {
    struct flock lock = arena_lock_of(which);
    if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
    return lock.l_pid > 0 ? lock.l_pid : 0;
}

#endif
