/* Room in a file whose size is limited: pieces, of which those with the oldest rows are used again. */
#ifndef GILSCOPE_COLLECTOR_SLABS_H
#define GILSCOPE_COLLECTOR_SLABS_H

#include "shared/format.h"
#include "space.h"

enum purpose { FOR_ROWS = 1, FOR_DEFINITIONS = 2 }; /* rows may go, definitions stay */

struct slab {
    uint64_t begin, end, used; /* places in the file; room is free from `used` on */
    uint64_t age;
    uint32_t purpose;
};

struct slabs {
    struct slab *all; /* by age, the oldest first */
    uint32_t count;
    uint32_t process;
    uint64_t next_bytes, next_age;
};

void slabs_begin(struct slabs *slabs, uint32_t process);
/* Room for a chunk of room->bytes, which may become a few bytes more. What was there is passed over by
 * readers until a header is written. */
enum lack slabs_take(struct slabs *slabs, struct space *space, enum purpose purpose, struct room *room);
/* Have so much room in one piece for what is taken next. */
enum lack slabs_prepare(struct slabs *slabs, struct space *space, enum purpose purpose, uint64_t bytes);
/* The piece that rows are written to, or NULL; they are gone when it is another one's turn to go. */
const struct slab *slabs_of_rows(const struct slabs *slabs);
/* What the limit lets a piece be, at most. */
uint64_t slabs_largest(const struct space *space);
/* One that a collector before this one has left behind; then, in their order, the chunks that stay. What
 * is behind the last of them is free. */
bool slabs_found(struct slabs *slabs, uint64_t at, const struct slab_row *row);
void slabs_stays(struct slabs *slabs, uint64_t at, uint64_t end);
bool slabs_resume(const struct slabs *slabs, const struct space *space);
/* Nothing will be taken any more. */
void slabs_trim(const struct slabs *slabs, const struct space *space);

#endif
