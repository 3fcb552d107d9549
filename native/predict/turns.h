/* Who has the GIL. */
#ifndef GILSCOPE_PREDICT_TURNS_H
#define GILSCOPE_PREDICT_TURNS_H

#include "predict/machine.h"

void gil_request(struct machine *machine, int32_t thread);
bool gil_is_stalled(const struct machine *machine, int32_t thread);
void gil_drop(struct machine *machine, int32_t thread);
void gil_hand_over(struct machine *machine);
void gil_force(struct machine *machine);
void gil_queue_again(struct machine *machine, int32_t thread, uint32_t turn);

#endif
