/* Growing byte buffers. */
#ifndef GILSCOPE_COLLECTOR_BUFFER_H
#define GILSCOPE_COLLECTOR_BUFFER_H

#include <stddef.h>

struct buffer {
    char *bytes;
    size_t used, room;
};
/* Room for `bytes` more at the end, zeroed and counted as used; exits if there is no memory. */
void *buffer_add(struct buffer *buffer, size_t bytes);

#endif
