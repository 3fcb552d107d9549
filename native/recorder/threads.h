/* Threads: cells and names. */
#ifndef GILSCOPE_RECORDER_THREADS_H
#define GILSCOPE_RECORDER_THREADS_H

#include "recording.h"

bool threads_init(void);
bool thread_register(void);

/* What a thread is born with: made by its creator, read when it first asks for the GIL. */
struct birth {
    void *(*routine)(void *);
    void *argument;
    uint32_t name_bytes;
    char name[NAME_BYTES];
};

struct birth *thread_birth(void *(*routine)(void *), void *argument); /* NULL: no memory */
void *thread_be_born(void *birth); /* a start routine */

#endif
