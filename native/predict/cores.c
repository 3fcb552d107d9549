/* Who has a core. With fewer cores than threads that want one, they take turns. */
#include "predict/cores.h"

/* Linux lets a thread run for some milliseconds before another gets its core (sched(7)). */
enum { TURN_NS = 4000000 };

static bool take(struct machine *machine, struct runner *runner) {
    if (runner->has_core) return true;
    if (machine->rules->cores && machine->busy_cores == machine->rules->cores) return false;
    machine->busy_cores++;
    return runner->has_core = true;
}

/* The thread does its step, for what is left of it, as soon as it has a core. */
void core_run(struct machine *machine, int32_t thread) {
    struct runner *runner = &machine->runners[thread];
    if (!take(machine, runner)) {
        line_join(machine, &machine->for_core, thread);
        return;
    }
    bool shares = machine->rules->cores && runner->rest_ns > TURN_NS;
    runner->running = true;
    runner->since_ns = machine->now_ns;
    schedule(machine, SLICE_ENDS, shares ? TURN_NS : runner->rest_ns, thread, ++runner->version);
}

/* The thread stops where it is, and keeps its core. */
void core_stop(struct machine *machine, int32_t thread) {
    struct runner *runner = &machine->runners[thread];
    runner->rest_ns -= machine->now_ns - runner->since_ns;
    runner->running = false;
    runner->version++;
}

void core_leave(struct machine *machine, int32_t thread) {
    struct runner *runner = &machine->runners[thread];
    if (!runner->has_core) return;
    runner->has_core = false;
    machine->busy_cores--;
    int32_t next = line_leave(machine, &machine->for_core);
    if (next != NOBODY) core_run(machine, next);
}
