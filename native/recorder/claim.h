/* How the start hook knows the arena. */
#ifndef GILSCOPE_RECORDER_CLAIM_H
#define GILSCOPE_RECORDER_CLAIM_H

#include <stdbool.h>

#define VARIABLE_BYTES 64
bool claim_write(int fd, char text[VARIABLE_BYTES]);
int claim_read(const char *text); /* the arena's descriptor; -1 unless it is certain to be one */

#endif
