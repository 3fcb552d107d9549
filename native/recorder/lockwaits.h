/* Waits for locks: who waited for which, and who ended that. */
#ifndef GILSCOPE_RECORDER_LOCKWAITS_H
#define GILSCOPE_RECORDER_LOCKWAITS_H

#include "recording.h"

#include "waiters.h"

/* Before the calling thread blocks on a semaphore; false: it is not recorded. */
bool lockwaits_begin(void *semaphore, bool is_timed);
void lockwaits_end(int error); /* after that; `error`: 0, or an errno, which is kept */
void lockwaits_forget(void);   /* it did not block after all */
/* Around each post of a semaphore on which somebody may wait; the second is given what the first
 * returned, 0 if that was not called. */
#define WAKE_IS_NOTED UINT64_MAX
uint64_t lockwaits_before_post(void *semaphore);
void lockwaits_after_post(void *semaphore, uint64_t before_ns);
void lockwaits_write(struct gil *gil, PyThreadState *tstate); /* by the holder of that GIL */
void lockwaits_abandon(void);          /* the calling thread ends */

#endif
