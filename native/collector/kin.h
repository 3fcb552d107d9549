/* The processes of the program that are not recorded, and those that are not Python. */
#ifndef GILSCOPE_COLLECTOR_KIN_H
#define GILSCOPE_COLLECTOR_KIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* `may_join`: false where only the first process is to be recorded. */
void kin_begin(int out_fd, uint64_t limit, bool may_join);
void kin_launched(pid_t pid);  /* what it starts, and what that starts, belongs to the program */
void kin_file_has_begun(void); /* nothing is written before */
void kin_recorded(pid_t pid);
/* One that is going to be recorded, if it is not before it ends (newborns.c); and is. */
void kin_born(pid_t pid);
void kin_left(pid_t pid);
void kin_executed(pid_t pid); /* one that was recorded has become another program */
int kin_wait_ms(void);        /* until it is time to look again */
void kin_look(void);          /* if it is time */
void kin_write(void);         /* look once more, and write all that is known by now */

#endif
