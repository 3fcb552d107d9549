/* Sum up what nobody waited for: see turns_row in format.h. */
#ifndef GILSCOPE_COLLECTOR_TURNS_H
#define GILSCOPE_COLLECTOR_TURNS_H

#include "shared/arena.h"
#include "shared/format.h"

#define TURNS_BATCH (SEGMENT_BYTES / sizeof(struct hold_row))

/* What holds become in the file: never more rows than there were holds. */
struct summed {
    struct hold_row rows[TURNS_BATCH];
    struct turns_row turns[TURNS_BATCH];
    uint64_t row_count, turns_count;
};

/* `holds` are at most TURNS_BATCH, as the recorder wrote them; the first is number `first_hold` of its
 * GIL, and becomes row `first_row`. */
void turns_sum_up(struct summed *summed, const struct hold_row *holds, uint64_t count, uint64_t first_hold,
                  uint64_t first_row);

#endif
