/* The collectors of those that have come through the door. */
#ifndef GILSCOPE_COLLECTOR_GUESTS_H
#define GILSCOPE_COLLECTOR_GUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct life;

/* Into what they write, and what they must not keep open. */
void guests_begin(int out_fd, int listener, int first);
void guests_add(int arena_fd, pid_t process); /* takes the descriptor */
void guests_follow(bool at_once); /* see to it that those have a collector who have waited for one */
/* Have a process of its own do that, with numbers for so many; false: there is no room for one now. */
bool guests_write(void (*write)(const struct life *, size_t, uint32_t first, int out),
                  const struct life *lives, size_t count);
void guests_reap(void);
bool guests_are_there(void);
bool guests_are_settled(void); /* what those have recorded that have ended is in the file */
int guests_wait_ms(void);      /* until they need to be followed; -1: there are none */

#endif
