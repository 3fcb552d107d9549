/* The life of a recording. */
#ifndef GILSCOPE_RECORDER_SESSION_H
#define GILSCOPE_RECORDER_SESSION_H

#include "recording.h"

const char *session_begin(int arena_fd); /* NULL, or why it did not begin */
/* Likewise, in memory of its own, without waiting for anybody. The descriptor is to be closed, whatever
 * comes of it; -1 if there is none. */
const char *session_join(const struct arena_offer *offer, int *arena_fd);
const char *session_watch(void); /* no rows: what watch.h is for; NULL, or why it did not begin */
void session_unwatch(void);      /* that is over; with the GIL held */
void session_allow(pid_t collector); /* to read this process's memory */
bool session_was_forked(void); /* from a process that was being recorded; asked once */
void session_forget_parent(bool was_active); /* in a forked child, before it joins */
void session_leave_parent(void); /* in a forked child that does not join */
void session_end(enum stop_reason reason); /* with the GIL held */
enum collector_state { COLLECTOR_WORKS, COLLECTOR_DONE, COLLECTOR_GONE };
enum collector_state session_await_collector(uint32_t *beat); /* for a tenth of a second, at most */
void session_close(bool by_force); /* after its end: no collector, no shared memory any more */

#endif
