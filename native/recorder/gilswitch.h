/* Whether a free-threaded interpreter runs with its GIL, and what turned it on. */
#ifndef GILSCOPE_RECORDER_GILSWITCH_H
#define GILSCOPE_RECORDER_GILSWITCH_H

#include "recording.h"

#ifdef Py_GIL_DISABLED
void gilswitch_look(PyInterpreterState *interpreter); /* attached, as a recording begins */
void gilswitch_look_again(struct gil *gil, PyThreadState *tstate, uint64_t time_ns); /* its holder */
void gilswitch_look_last(void);
#else
static inline void gilswitch_look(PyInterpreterState *interpreter) { (void)interpreter; }
static inline void gilswitch_look_again(struct gil *gil, PyThreadState *tstate, uint64_t time_ns) {
    (void)gil, (void)tstate, (void)time_ns;
}
static inline void gilswitch_look_last(void) {}
#endif

#endif
