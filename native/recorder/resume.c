/* A recording that another process has asked for ends in the middle of a hook, whose thread may have let go of
 * its GIL already. Who next lets go of one, or is blocked without one, begins to watch again. */
#include "resume.h"

#include "gils.h"
#include "hooks.h"
#include "session.h"

static bool can_begin(const pthread_mutex_t *mutex) {
    raw_gil *raw = interpreter_gil(PyInterpreterState_Main());
    return mutex ? mutex == &raw->mutex && gil_is_held_here(raw) : !gil_is_enabled(raw);
}

void resume_now(void) {
    static _Atomic bool is_at_it; /* another thread, without a GIL */
    if (atomic_exchange(&is_at_it, true)) return;
    if (session_watch() != NULL) resume_never();
    atomic_store(&is_at_it, false);
}

static bool resume(const pthread_mutex_t *mutex) {
    if (!can_begin(mutex)) return false;
    resume_now();
    return recording.active;
}

bool resume_soon(void) {
    if (recording.is_watched) atomic_store(&recording.resume, resume);
    return recording.is_watched;
}

void resume_never(void) {
    if (atomic_exchange(&recording.resume, NULL)) hooks_remove();
}
