/* Where a thread is. */
#ifndef GILSCOPE_RECORDER_STACKS_H
#define GILSCOPE_RECORDER_STACKS_H

#include "recording.h"

/* Tells a code object from another one that was at its address before. */
static inline uint64_t code_identity(PyCodeObject *code) {
    return (uint64_t)(uintptr_t)code->co_qualname ^ ((uint64_t)(uint32_t)code->co_firstlineno << 40);
}

uint32_t stacks_site(struct gil *gil, PyThreadState *tstate, bool whole_path, bool forced);
/* Where the calling thread lets go: whole if somebody waits, and else now and then. */
uint32_t stacks_site_released(struct gil *gil, PyThreadState *tstate, bool awaited, bool forced,
                              uint64_t time_ns);
uint32_t stacks_path(struct gil *gil, PyThreadState *tstate);
bool intern_reset(struct gil *gil);
void intern_free(struct gil *gil); /* with that GIL held, or nobody left who could have it */
void intern_leave(struct gil *gil); /* in a forked child: what is in the tables is the parent's */

#endif
