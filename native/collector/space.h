/* Room in the trace file, which the collectors of several processes write into. */
#ifndef GILSCOPE_COLLECTOR_SPACE_H
#define GILSCOPE_COLLECTOR_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/format.h"

struct space {
    int fd;
    uint64_t limit;                         /* 0: none */
    uint64_t reserved_from, reserved_until; /* the disk has room for these bytes */
};

struct room {
    uint64_t bytes, alignment; /* of the payload, as asked for */
    uint64_t header_at, payload_at, end;
};

enum lack { LACKS_NOTHING, LACKS_LIMIT, LACKS_DISK, LACKS_FILE }; /* the last two: see errno */

static inline uint64_t round_up(uint64_t value, uint64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/* What a system call on the file lacked that has just failed. */
enum lack space_lack(void);
/* False with an errno; ENOSPC where nothing says why. */
bool space_write(const struct space *space, uint64_t at, const void *data, uint64_t bytes);
/* Of the chunk whose header is there. */
bool space_write_kind(const struct space *space, uint64_t header_at, enum chunk_kind kind);
bool space_read(const struct space *space, uint64_t at, void *into, uint64_t bytes);
bool space_end(const struct space *space, uint64_t *end);
/* `whatever`: beyond the limit, and without asking whether the disk has room. */
enum lack space_take(struct space *space, struct room *room, bool whatever);
/* False if others have taken room behind it. */
bool space_give_back(const struct space *space, uint64_t from, uint64_t until);
/* What was reserved on the disk beyond the end. */
void space_release(const struct space *space);

#endif
