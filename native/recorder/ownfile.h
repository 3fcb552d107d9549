/* The recording that a process begins because its environment says so, in a file of its own. */
#ifndef GILSCOPE_RECORDER_OWNFILE_H
#define GILSCOPE_RECORDER_OWNFILE_H

#include <stdbool.h>

/* What the environment says, and which program drains what is recorded; false: there is nothing to
 * begin. To be called once. */
bool ownfile_remember(const char *pattern, const char *collector);
/* With the GIL held. Says on standard error why it is not recorded; once for a process and its forks. */
bool ownfile_begin(const char *began);

#endif
