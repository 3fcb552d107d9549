/* How far this collector has got, for a successor. */
#ifndef GILSCOPE_COLLECTOR_PROGRESS_H
#define GILSCOPE_COLLECTOR_PROGRESS_H

#include "collector.h"
#include "sink.h"

void progress_mark(struct collector *c); /* what the sink has taken is whole */
void progress_begin_segment(struct collector *c, uint32_t index, uint64_t drained);
void progress_end_segment(struct collector *c, uint32_t index, uint64_t drained);
void progress_begin_ending(struct collector *c);
/* What a collector that was killed was writing is to be written again: from that place on. False if it
 * had begun to end. */
bool progress_undo(struct collector *c, struct sink_place *undo);
void progress_take_over(struct collector *c);

#endif
