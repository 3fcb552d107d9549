/* What a thread is about that lets go of the GIL: told by the function that it is in. */
#ifndef GILSCOPE_RECORDER_WATCHKINDS_H
#define GILSCOPE_RECORDER_WATCHKINDS_H

#include "watchtotals.h"

#define WATCH_LONG_TURN_NS 100000000u /* as in the report: a loop that does not look for as long is blocked */

/* Of the holder of the GIL that these totals are of; or of any thread, without one, where these are locked. */
enum watch_kind watchkinds_of(struct watch_totals *totals, PyThreadState *tstate);

#endif
