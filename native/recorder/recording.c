/* What all of the recorder stands on: the state of the recording, and a word to the collector. */
#include "recording.h"

#include "shared/futex.h"

struct recording recording __attribute__((aligned(256)));
__thread struct thread self __attribute__((tls_model("initial-exec")));

void recording_wake_collector(void) {
    struct arena_header *arena = recording.arena;
    if (!atomic_load_explicit(&arena->asleep, memory_order_relaxed)) return;
    atomic_fetch_add(&arena->wake, 1);
    futex_wake(&arena->wake);
}

/* May frames be followed? Once the runtime or the interpreter finalizes, thread states can be freed
 * memory; and after PyThreadState_Swap the last holder may be another thread's. */
PyThreadState *gil_tstate(struct gil *gil) {
    if (runtime_is_finalizing()) return NULL;
    PyThreadState *tstate = gil_last_holder(gil->raw);
    if (!tstate || tstate->thread_id != self.identity) return NULL;
    return interpreter_is_finalizing(tstate->interp) ? NULL : tstate;
}
