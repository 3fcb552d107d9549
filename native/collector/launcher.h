/* The launcher, which speaks to this process through pipes; or there is none. */
#ifndef GILSCOPE_COLLECTOR_LAUNCHER_H
#define GILSCOPE_COLLECTOR_LAUNCHER_H

#include "collector.h"

bool launcher_tell(const struct collector *c, const char *word, const char *rest);
void launcher_hear(struct collector *c);
void launcher_follow_jobs(struct collector *c);
void launcher_await_status(struct collector *c); /* it is about to say how the program ended */
void launcher_await_end(struct collector *c);    /* of the program, whatever it has become */

#endif
