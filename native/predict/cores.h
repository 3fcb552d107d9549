/* Who has a core. */
#ifndef GILSCOPE_PREDICT_CORES_H
#define GILSCOPE_PREDICT_CORES_H

#include "predict/machine.h"

void core_run(struct machine *machine, int32_t thread);
void core_stop(struct machine *machine, int32_t thread);
void core_leave(struct machine *machine, int32_t thread);

#endif
