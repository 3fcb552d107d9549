/* Who has the GIL, by the rules of CPython's take_gil() and drop_gil() (Python/ceval_gil.c). */
#include "predict/turns.h"

#include "predict/cores.h"

static void watch(struct machine *machine) {
    schedule(machine, MUST_DROP, machine->rules->switch_interval_ns, machine->holder, machine->gil_version);
}

static void take(struct machine *machine, int32_t thread) {
    machine->holder = thread;
    machine->held_turn = machine->programs->turn[machine->runners[thread].step];
    machine->must_drop = false;
    machine->gil_version++;
    if (machine->for_gil.heap.used) watch(machine);
    core_run(machine, thread);
}

static void let_go(struct machine *machine) {
    machine->holder = NOBODY;
    machine->gil_version++;
    if (machine->for_gil.heap.used)
        schedule(machine, TAKES_OVER, machine->rules->handover_ns, NOBODY, machine->gil_version);
}

/* Who finds the GIL free takes it, though another has been woken to take it: so does CPython. */
void gil_request(struct machine *machine, int32_t thread) {
    if (machine->holder == NOBODY) {
        take(machine, thread);
        return;
    }
    bool is_first = !machine->for_gil.heap.used;
    queue_join(&machine->for_gil, thread, machine->programs->turn[machine->runners[thread].step]);
    if (is_first) watch(machine);
}

/* Whether it goes on with a hold that cannot be interrupted, and of which it has done a part. */
bool gil_is_stalled(const struct machine *machine, int32_t thread) {
    const struct programs *programs = machine->programs;
    int64_t step = machine->runners[thread].step;
    return programs->kind[step] == STEP_STALL && programs->turn[step] == machine->held_turn;
}

void gil_drop(struct machine *machine, int32_t thread) {
    if (machine->holder == thread) let_go(machine);
}

void gil_hand_over(struct machine *machine) {
    int32_t next = queue_leave(&machine->for_gil);
    if (next != NOBODY) take(machine, next);
}

void gil_queue_again(struct machine *machine, int32_t thread, uint32_t turn) {
    core_leave(machine, thread);
    queue_join(&machine->for_gil, thread, turn);
    let_go(machine);
}

/* Who has had the GIL for a switch interval while another waited goes to the end of the line. */
void gil_force(struct machine *machine) {
    int32_t thread = machine->holder;
    struct runner *runner = &machine->runners[thread];
    if (machine->programs->kind[runner->step] == STEP_STALL) {
        machine->must_drop = true;
    } else if (!runner->running) { /* it waits for a core, and cannot let go before it has one */
        watch(machine);
    } else if (runner->rest_ns > machine->now_ns - runner->since_ns) { /* else it is done anyway */
        core_stop(machine, thread);
        gil_queue_again(machine, thread, UINT32_MAX); /* whoever waits goes before it */
    }
}
