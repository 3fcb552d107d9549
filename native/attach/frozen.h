/* A process whose threads all stand still, for the moment that it takes to change something in it. */
#ifndef GILSCOPE_ATTACH_FROZEN_H
#define GILSCOPE_ATTACH_FROZEN_H

#include <stdbool.h>
#include <sys/types.h>

/* NULL, or why it cannot be stopped. A thread that has not stopped in time is let go when this process ends. */
const char *frozen_begin(pid_t pid);
void frozen_end(void);

#endif
