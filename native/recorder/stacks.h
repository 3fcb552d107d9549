/* Where a thread is. */
#ifndef GILSCOPE_RECORDER_STACKS_H
#define GILSCOPE_RECORDER_STACKS_H

#include "recording.h"

uint32_t stacks_site(struct gil *gil, PyThreadState *tstate, bool whole_path, bool forced);
uint32_t stacks_path(struct gil *gil, PyThreadState *tstate);
bool intern_reset(struct gil *gil);
void intern_free(struct gil *gil); /* with that GIL held, or nobody left who could have it */
void intern_leave(struct gil *gil); /* in a forked child: what is in the tables is the parent's */

#endif
