/* Growing byte buffers for what is on its way into the file. */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

void *buffer_add(struct buffer *buffer, size_t bytes) {
    if (!buffer->bytes || buffer->used + bytes > buffer->room) {
        size_t room = (buffer->used + bytes) * 2 + 64;
        char *larger = realloc(buffer->bytes, room);
        if (!larger) abort(); /* the program goes on; the file keeps what it has */
        buffer->bytes = larger;
        buffer->room = room;
    }
    void *at = memset(buffer->bytes + buffer->used, 0, bytes);
    buffer->used += bytes;
    return at;
}
