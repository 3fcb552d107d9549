/* Read memory of this process that may be gone: a read that fails is an error, not a fault. */
#ifndef GILSCOPE_RECORDER_OWNMEMORY_H
#define GILSCOPE_RECORDER_OWNMEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>

static inline bool read_safely(const void *from, void *to, size_t bytes) {
    struct iovec here = {to, bytes}, there = {(void *)(uintptr_t)from, bytes};
    return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)bytes;
}

#endif
