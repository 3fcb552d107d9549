/* A recording that another process has asked for. */
#ifndef GILSCOPE_RECORDER_ATTACH_H
#define GILSCOPE_RECORDER_ATTACH_H

#include <stdbool.h>

#include "shared/door.h"

struct attaching {
    int socket_fd, arena_fd; /* -1: not open; without an arena it joins through the door */
    char door[DOOR_VARIABLE_BYTES]; /* for children that are to join, too; empty: none are */
};

/* Meet whoever asked, at a socket in the file system. False: they are gone, and nothing is open. */
bool attach_meet(struct attaching *with, const char *path);
/* With the GIL held: NULL, or why it did not begin. */
const char *attach_begin(const struct attaching *with);
/* With the GIL held: end it, if the collector has asked for that, although nobody lets go of the GIL. */
void attach_leave(void);
/* Say what came of it, and part. */
void attach_part(struct attaching *with, const char *problem);

#endif
