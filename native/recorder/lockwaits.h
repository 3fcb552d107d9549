/* Waits for locks: who waited for which, and who ended that. */
#ifndef GILSCOPE_RECORDER_LOCKWAITS_H
#define GILSCOPE_RECORDER_LOCKWAITS_H

#include "recording.h"

#include "waiters.h"

/* Before the calling thread blocks on a semaphore; false: it is not recorded. */
bool lockwaits_begin(void *semaphore);
void lockwaits_end(int error); /* after that; `error`: 0, or an errno, which is kept */
void lockwaits_forget(void);   /* it did not block after all */
/* A semaphore is, or `is_late`: was, posted; false: nobody waits on it. */
bool lockwaits_wake(void *semaphore, bool is_late);
void lockwaits_write(struct gil *gil); /* by the holder of that GIL */
void lockwaits_abandon(void);          /* the calling thread ends */

#endif
