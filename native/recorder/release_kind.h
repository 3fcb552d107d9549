/* The second look at a release with a drop request pending. */
#ifndef GILSCOPE_RECORDER_RELEASE_KIND_H
#define GILSCOPE_RECORDER_RELEASE_KIND_H

#include <stdbool.h>

bool release_was_forced(void);

#endif
