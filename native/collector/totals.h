/* Sums over all holds of a recording, whatever becomes of their rows. */
#ifndef GILSCOPE_COLLECTOR_TOTALS_H
#define GILSCOPE_COLLECTOR_TOTALS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/format.h"

struct totals {
    struct gil_totals *gils; /* by number of GIL */
    uint32_t gil_count;
};

/* Which sites are those of forced releases; before the holds that name them. */
void totals_sites(struct totals *totals, uint32_t gil, const struct site_row *rows, uint64_t count);
/* Rows as they are in the file, with the turns of those that stand for many, in the same order. */
void totals_add(struct totals *totals, uint32_t gil, const struct hold_row *rows, uint64_t count,
                const struct turns_row *turns, uint64_t turns_count);
/* How many rows of this GIL there have been. */
uint64_t totals_rows(const struct totals *totals, uint32_t gil);
/* The payload of a TOTALS chunk. */
size_t totals_bytes(const struct totals *totals);
void totals_write(const struct totals *totals, char *payload);
/* Go on from one; false if it makes no sense. */
bool totals_read(struct totals *totals, const char *payload, size_t bytes);

#endif
