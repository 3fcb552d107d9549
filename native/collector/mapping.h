/* The arena, mapped as far as it is in use. */
#ifndef GILSCOPE_COLLECTOR_MAPPING_H
#define GILSCOPE_COLLECTOR_MAPPING_H

#include "collector.h"

bool mapping_begin(struct collector *c, int fd);
void mapping_end(struct collector *c);
struct thread_cell *cell_at(struct collector *c, uint32_t index);
uint32_t cells_used(const struct collector *c);
char *segment_at(struct collector *c, uint32_t index);
void mapping_give_back(struct collector *c, uint32_t index);

static inline bool gil_is_live(struct gil_cell *gil) {
    return atomic_load_explicit(&gil->state, memory_order_acquire) == CELL_LIVE;
}

#endif
