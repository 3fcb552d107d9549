/* Other processes of the program, which join its recording. */
#ifndef GILSCOPE_COLLECTOR_FAMILY_H
#define GILSCOPE_COLLECTOR_FAMILY_H

#include "collector.h"
#include "shared/door.h"

/* Let processes join. `variable` is what the program's environment is to say for that; false, and an
 * empty text, if none can: see errno. */
bool family_begin(struct collector *c, int out_fd, char variable[DOOR_VARIABLE_BYTES]);
/* Let nobody join, but list the processes that the program starts. False: see errno. */
bool family_watch(struct collector *c, int out_fd);
void family_settle(void); /* wait until what ended processes have recorded is in the file */

#endif
