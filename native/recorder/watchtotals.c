/* What all totals have in common. */
#include "watchtotals.h"

struct watch_cell watch_cells[THREAD_CELLS];

#define US 1000u
#define MS 1000000u
const uint64_t watch_bounds[WATCH_SIZES - 1] = {
    10 * US,  100 * US, 1 * MS,   2500 * US, 5 * MS,      10 * MS,     25 * MS,      50 * MS,
    100 * MS, 250 * MS, 500 * MS, 1000 * MS, 2500ul * MS, 5000ul * MS, 10000ul * MS,
};
