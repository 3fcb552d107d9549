/* The union of waits: a stack of spells, the last of which those that end now may join. */
#include "spells.h"

#include <string.h>

static void settle_older_half(struct spells *spells) {
    uint32_t half = spells->count / 2;
    spells->covered_until_ns = spells->rows[half - 1].end_ns;
    memmove(spells->rows, spells->rows + half, (spells->count - half) * sizeof *spells->rows);
    spells->count -= half;
}

uint64_t spells_add(struct spells *spells, uint64_t begin_ns, uint64_t end_ns) {
    if (spells->count >= spells->room) settle_older_half(spells);
    if (begin_ns < spells->covered_until_ns) begin_ns = spells->covered_until_ns;
    uint64_t known_ns = 0;
    while (spells->count && spells->rows[spells->count - 1].end_ns >= begin_ns) {
        const struct spell *last = &spells->rows[--spells->count];
        known_ns += last->end_ns - last->begin_ns;
        if (last->begin_ns < begin_ns) begin_ns = last->begin_ns;
        if (last->end_ns > end_ns) end_ns = last->end_ns;
    }
    if (begin_ns >= end_ns) return 0;
    spells->rows[spells->count++] = (struct spell){begin_ns, end_ns};
    return end_ns - begin_ns - known_ns;
}

uint64_t spells_would_add(const struct spells *spells, uint64_t begin_ns, uint64_t now_ns) {
    if (begin_ns < spells->covered_until_ns) begin_ns = spells->covered_until_ns;
    uint64_t known_ns = 0;
    for (uint32_t i = spells->count; i > 0 && spells->rows[i - 1].end_ns >= begin_ns; i--) {
        const struct spell *spell = &spells->rows[i - 1];
        known_ns += spell->end_ns - spell->begin_ns;
        if (spell->begin_ns < begin_ns) begin_ns = spell->begin_ns;
        if (spell->end_ns > now_ns) now_ns = spell->end_ns;
    }
    return begin_ns < now_ns ? now_ns - begin_ns - known_ns : 0;
}
