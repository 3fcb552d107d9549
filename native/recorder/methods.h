/* Methods of the interpreter's own classes, with a function of ours in between. */
#ifndef GILSCOPE_RECORDER_METHODS_H
#define GILSCOPE_RECORDER_METHODS_H

#include "recording.h"

/* What `with` calls to take a lock of `threading`: `entered` is called with that lock, the calling thread has
 * it and the GIL. Nothing is redirected where that cannot be done. */
void methods_redirect(void (*entered)(PyObject *lock));
void methods_restore(void);

#endif
