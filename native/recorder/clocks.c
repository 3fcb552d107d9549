/* The clock of a recording, which goes on from a pair of readings that was taken earlier. */
#include "clocks.h"

#include <stdlib.h>

#define LARGEST_DISAGREEMENT_NS 2000000

/* The pair that the launcher took spares waiting for one of our own; but in another time namespace
 * its clock is not ours. What both clocks say has passed since tells. */
static struct clock_pair earlier_pair(const struct arena_header *arena, bool *agrees) {
    struct clock_pair earlier = arena->offer.earlier, now = clock_pair_now();
    int64_t passed = (int64_t)(now.ns - earlier.ns);
    int64_t by_day = (int64_t)(unix_ns() - arena->offer.earlier_unix_ns);
    *agrees = passed > 0 && by_day < INT64_MAX / 2 && by_day > 0 &&
              llabs(passed - by_day) < LARGEST_DISAGREEMENT_NS && now.ticks > earlier.ticks;
    return *agrees ? earlier : now;
}

void clocks_start(void) {
    struct arena_header *arena = recording.arena;
    static bool counter_is_trusted;
    bool agrees;
    struct clock_pair earlier = earlier_pair(arena, &agrees);
    if (!recording.inherits) counter_is_trusted = clock_counter_is_trusted();
    recording.inherits = recording.inherits && agrees;
    clock_start(&arena->clock, earlier, counter_is_trusted);
    uint64_t ago_ns = recording.since_ns ? arena->clock.start_ns + 1 - recording.since_ns : 0;
    arena->clock.base_ns += ago_ns;
    arena->clock.start_ns -= ago_ns;
    arena->start_unix_ns = unix_ns() - ago_ns;
    arena->start_monotonic_ns = arena->clock.start_ns;
}
