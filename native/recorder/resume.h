/* Watching goes on after a recording that ended in the middle of a hook. */
#ifndef GILSCOPE_RESUME_H
#define GILSCOPE_RESUME_H

#include <stdbool.h>

bool resume_soon(void); /* at the next hook that can; the hooks stay: false if nobody watches */
void resume_now(void);
void resume_never(void);

#endif
