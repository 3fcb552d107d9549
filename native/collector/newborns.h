/* Children that have just been forked and have nothing but a place in a nursery (shared/nursery.h). */
#ifndef GILSCOPE_COLLECTOR_NEWBORNS_H
#define GILSCOPE_COLLECTOR_NEWBORNS_H

#include <stdbool.h>
#include <sys/types.h>

bool newborns_is_nursery(int fd);
void newborns_add(int fd, pid_t owner); /* a nursery; takes the descriptor */
/* See who has begun, who has ended, and have that written: of all, or if it is time. */
void newborns_follow(bool at_once);
bool newborns_are_there(void);    /* or may come yet */
bool newborns_are_settled(void);  /* what those have recorded that have ended is being written */
int newborns_wait_ms(void);       /* until they need to be followed; -1: nobody is known */

#endif
