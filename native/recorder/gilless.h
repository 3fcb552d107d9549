/* Threads that have no GIL, in a build that can do without: one log for all of them. */
#ifndef GILSCOPE_RECORDER_GILLESS_H
#define GILSCOPE_RECORDER_GILLESS_H

#include "recording.h"

#ifdef Py_GIL_DISABLED
/* The log, for the calling thread alone until it leaves; NULL: it is not recorded, or may not. */
struct gil *gilless_enter(void);
void gilless_leave(void);
struct gil *gilless_log(void); /* without asking: what it has may be changing */

/* Of the calling thread; NULL: its frames must not be followed. Those of a thread that waits can be cleared by
 * another one that ends the interpreter: with the log entered, that one waits. */
PyThreadState *gilless_tstate(void);
void gilless_follow_frames(bool follow); /* until the interpreter is about to end */

void gilless_after_fork(void); /* in the child */
void gilless_end(void); /* the recording has ended: free what was interned */
#else
static inline struct gil *gilless_enter(void) { return NULL; }
static inline void gilless_leave(void) {}
static inline struct gil *gilless_log(void) { return NULL; }
static inline PyThreadState *gilless_tstate(void) { return NULL; }
static inline void gilless_after_fork(void) {}
static inline void gilless_end(void) {}
#endif

#endif
