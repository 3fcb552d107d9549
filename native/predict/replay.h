/* The programs of threads, run again under other rules: a discrete-event simulation. */
#ifndef GILSCOPE_PREDICT_REPLAY_H
#define GILSCOPE_PREDICT_REPLAY_H

#include "predict/programs.h"

/* Returns 0, ENOMEM, or EINVAL for a step that is none. */
int replay(const struct programs *programs, const struct rules *rules, struct outcome *outcome);

#endif
