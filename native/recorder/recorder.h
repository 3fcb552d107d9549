/* The state machine: what the hooks call, in the order of a thread's life with the GIL. */
#ifndef GILSCOPE_RECORDER_H
#define GILSCOPE_RECORDER_H

#include "recording.h"

#include "threads.h"

/* Before gil->mutex is locked to take the GIL: a thread's first event of a recording. */
static inline void recorder_join(void) {
    if (UNLIKELY(self.session != recording.session)) thread_register();
}

void recorder_request(struct gil *gil);     /* gil->mutex, needed to take it, is not free */
void recorder_block(struct gil *gil);       /* about to wait on gil->cond */
void recorder_acquire(struct gil *gil);     /* has it */
void recorder_withdraw(struct gil *gil);    /* goes on without it, as it was turned off meanwhile */
void recorder_release(struct gil *gil);     /* before gil->mutex is locked to drop it */
void recorder_handover(uint64_t parked_ns); /* was parked after a release */
void recorder_gil_destroyed(struct gil *gil);
bool recorder_holds(struct gil *gil); /* does the calling thread hold it? */
void recorder_adopt(struct gil *gil); /* the calling thread holds it as the recording begins */

#endif
