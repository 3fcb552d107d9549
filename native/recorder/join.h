/* Into the recording that another process is part of. */
#ifndef GILSCOPE_RECORDER_JOIN_H
#define GILSCOPE_RECORDER_JOIN_H

#include <stdbool.h>

bool join_remember(const char *text);          /* the launcher's variable; false if it says nothing */
/* NULL, or why it did not begin. */
const char *join_recording(const char *began, bool is_forked);

#endif
