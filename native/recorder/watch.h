/* A process that is watched: totals and histograms in its own memory, and no rows
 * (docs/explanation/how-recording-works.md: "Totals without a trace").
 *
 * Whoever holds a GIL is the only one that writes its totals; so nothing here takes a lock on the way. They are
 * by group of threads (watchgroups.h), in arrays of a fixed size: the memory is the same for ever. */
#ifndef GILSCOPE_RECORDER_WATCH_H
#define GILSCOPE_RECORDER_WATCH_H

#include "watchtotals.h"

/* A GIL takes part in this recording: it has totals from now on, if the process is watched. */
void watch_join(struct gil *gil);
/* It is no more, or is not known any more: what it has is added to that of others that have gone. */
void watch_retire(struct gil *gil);
void watch_drop(struct gil *gil); /* likewise, but what it has does not count */
void watch_clear(struct gil *gil); /* likewise, and it goes on */
void watch_begin_anew(void); /* nor does what those had that are gone */
/* Count what the holder's own hold, and the waits for its GIL, have come to: a recording ends that they go on in. */
void watch_cut(struct gil *gil, uint64_t now_ns);
/* Its hold counts from now on: the process was not watched before, but recorded. */
void watch_begin_within(struct gil *gil, uint64_t now_ns);

/* By the holder. */
void watch_waiting(struct gil *gil, uint64_t since_ns); /* that it is about to be */
void watch_acquired(struct gil *gil, uint64_t request_ns, uint64_t acquire_ns);
void watch_withdrawn(struct gil *gil, uint64_t request_ns, uint64_t end_ns); /* it was turned off */
void watch_off(struct gil *gil); /* nobody waits for it any more; who has begun to ask withdraws */
void watch_released(struct gil *gil, PyThreadState *tstate, uint64_t release_ns, bool forced);
void watch_lock_wait(struct gil *gil, const struct lock_row *row, bool is_signal);
void watch_lock_begins(bool is_signal);
/* The calling thread has a group, by its name; another one, if that has changed. */
void watch_named(void);
void watch_thread_ends(void);

/* What all GILs had that are gone. */
extern struct watch_group watch_gone[WATCH_GROUPS];
void watch_lock(void); /* that */
void watch_unlock(void);
void watch_after_fork(void);

void watch_add_group(struct watch_group *to, const struct watch_group *from);

#endif
