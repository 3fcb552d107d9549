/* Stopping and continuing, for a launcher that cannot. */
#ifndef GILSCOPE_COLLECTOR_JOBS_H
#define GILSCOPE_COLLECTOR_JOBS_H

#include <stdbool.h>
#include <sys/types.h>

char jobs_state(pid_t pid); /* as in /proc/PID/stat; 0 if that cannot be read */
bool jobs_has_ended(pid_t pid); /* it is gone, or nobody has asked yet how it ended */
void jobs_hear(const char *line); /* from the launcher */
bool jobs_differ(void); /* the launcher is stopped, and the program is not */
void jobs_align(void);  /* to be called when all that the launcher has said is known */

#endif
