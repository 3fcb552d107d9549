/* What a trace whose size is limited keeps: the rows of the end, and totals of the whole run. */
#ifndef GILSCOPE_COLLECTOR_FLIGHT_H
#define GILSCOPE_COLLECTOR_FLIGHT_H

#include "shared/format.h"
#include "slabs.h"
#include "space.h"
#include "totals.h"

struct flight {
    struct slabs slabs;
    struct totals totals;
    struct room copies[2]; /* of the totals; they are written in turn, so that one is whole */
    uint64_t copy_serials[2];
    uint32_t copy; /* that is written next */
    uint64_t serial; /* of the next chunk that is not one of HOLDS */
};

void flight_begin(struct flight *flight, uint32_t process);
enum lack flight_take(struct flight *flight, struct space *space, enum chunk_kind kind, struct room *room);
/* How much of a payload goes into one chunk: whole rows, or entries. */
uint64_t flight_part(const struct space *space, enum chunk_kind kind, const char *payload, uint64_t bytes);
/* Whatever is written, to learn from it. */
void flight_see(struct flight *flight, enum chunk_kind kind, uint32_t table, const void *payload,
                uint64_t bytes);
/* How many holds may be written at once. */
uint64_t flight_batch(const struct flight *flight);
/* So that these rows and their turns lie in one piece. */
enum lack flight_prepare(struct flight *flight, struct space *space, uint64_t rows, uint64_t turns);
/* How long the next chunk of holds is to be. */
uint64_t flight_extent(const struct flight *flight, uint64_t needed);
enum lack flight_write_totals(struct flight *flight, struct space *space);
/* Go on where another collector was killed: after each chunk of it that stays was seen, once. */
bool flight_found(struct flight *flight, const struct space *space, uint64_t at,
                  const struct chunk_header *header);
bool flight_resume(struct flight *flight, const struct space *space);

#endif
