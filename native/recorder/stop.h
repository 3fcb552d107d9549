/* The end of a recording: from then on the hooks let all through. */
#ifndef GILSCOPE_RECORDER_STOP_H
#define GILSCOPE_RECORDER_STOP_H

#include "recording.h"

/* Tell the collector that nothing more will come; false if it is told already. */
bool recording_stop(enum stop_reason reason);
/* The same, by a thread in the middle of a hook: what cannot be recorded is not. */
void recording_give_up(enum stop_reason reason);

#endif
