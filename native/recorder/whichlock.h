/* What a semaphore stands for. */
#ifndef GILSCOPE_RECORDER_WHICHLOCK_H
#define GILSCOPE_RECORDER_WHICHLOCK_H

#include "recording.h"

/* It belongs to the thread that waits, and is on its stack. */
bool whichlock_is_own(const void *semaphore);
uint64_t whichlock(const void *semaphore); /* the lock's address; 0 unknown */
/* Of a lock that a thread with a GIL waits for, parked: LOCK_OF_QUEUE or 0. */
uint8_t whichlock_queue_flags(uint64_t lock);
/* What the interpreter uses that lock for: enum lock_flags. `tstate` is the waiting thread's own, or NULL. */
uint8_t whichlock_flags(uint64_t lock, const PyThreadState *tstate);

#endif
