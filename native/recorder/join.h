/* Into the recording that another process is part of. */
#ifndef GILSCOPE_RECORDER_JOIN_H
#define GILSCOPE_RECORDER_JOIN_H

#include <stdbool.h>

bool join_remember(const char *text);          /* the launcher's variable; false if it says nothing */
/* NULL, or why it did not begin. */
const char *join_recording(const char *began, bool is_forked);
/* Children that Python forks join when there is something to record of them. */
void join_prepare_children(void);
void join_before_fork(void);

#endif
