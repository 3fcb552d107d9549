/* Threads go from step to step; what takes time goes on the agenda. */
#include "predict/replay.h"

#include "predict/cores.h"
#include "predict/turns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { HAPPENED = -2 };

/* --- steps ---------------------------------------------------------------------------------- */

static void give_up(struct machine *machine, int32_t thread) {
    core_leave(machine, thread);
    gil_drop(machine, thread);
}

static void happen(struct machine *machine, int64_t event) {
    struct line *waiting = &machine->awaiting[event];
    for (int32_t thread = line_leave(machine, waiting); thread != NOBODY;
         thread = line_leave(machine, waiting))
        line_join(machine, &machine->ready, thread);
    waiting->tail = HAPPENED;
}

static void hold(struct machine *machine, int32_t thread) {
    bool has_it = machine->holder == thread;
    bool goes_on = !machine->must_drop || gil_is_stalled(machine, thread);
    if (!machine->rules->gil || (has_it && goes_on)) {
        core_run(machine, thread);
    } else if (has_it) {
        gil_queue_again(machine, thread, machine->programs->turn[machine->runners[thread].step]);
    } else {
        core_leave(machine, thread);
        gil_request(machine, thread);
    }
}

static void compute(struct machine *machine, int32_t thread) {
    gil_drop(machine, thread);
    core_run(machine, thread);
}

static void block(struct machine *machine, int32_t thread, int64_t for_ns) {
    give_up(machine, thread);
    schedule(machine, WAKES, for_ns, thread, ++machine->runners[thread].version);
}

static bool await(struct machine *machine, int32_t thread, int64_t event) {
    struct line *waiting = &machine->awaiting[event];
    if (waiting->tail == HAPPENED) return false;
    give_up(machine, thread);
    line_join(machine, waiting, thread);
    return true;
}

static void give(struct machine *machine, int64_t event) {
    int32_t thread = line_leave(machine, &machine->awaiting[event]);
    if (thread == NOBODY) machine->given[event]++;
    else line_join(machine, &machine->ready, thread);
}

static bool take(struct machine *machine, int32_t thread, int64_t event) {
    if (machine->given[event] > 0) {
        machine->given[event]--;
        return false;
    }
    give_up(machine, thread);
    line_join(machine, &machine->awaiting[event], thread);
    return true;
}

/* What takes no time of its own; true: the thread waits. */
static bool meet(struct machine *machine, int32_t thread, enum step_kind kind, int64_t event) {
    if (kind == STEP_AWAIT) return await(machine, thread, event);
    if (kind == STEP_TAKE) return take(machine, thread, event);
    if (kind == STEP_GIVE) give(machine, event);
    else happen(machine, event);
    return false;
}

/* The thread goes to the next task of a pool, or on if there is none. */
static void fetch(struct machine *machine, struct runner *runner, int64_t pool) {
    int64_t task = machine->fetched[pool];
    if (task == machine->programs->pool[pool + 1]) {
        runner->step++;
        return;
    }
    machine->fetched[pool]++;
    runner->in_task = true;
    runner->fetch = runner->step;
    runner->after = runner->last;
    runner->step = machine->programs->task[task];
    runner->last = machine->programs->task[task + 1];
}

/* Whether the thread has a step to do: of its task, or else of its own program. */
static bool goes_on(struct runner *runner) {
    if (runner->step < runner->last) return true;
    if (!runner->in_task) return false;
    runner->in_task = false;
    runner->step = runner->fetch;
    runner->last = runner->after;
    return true;
}

/* It takes no time, and waits for nobody, who was told to stop. */
static bool is_left_out(const struct machine *machine, int32_t thread, enum step_kind kind) {
    int64_t event = machine->programs->until[thread];
    bool tells = kind == STEP_POST || kind == STEP_GIVE;
    return event >= 0 && !tells && machine->awaiting[event].tail == HAPPENED;
}

/* One step is over, and the next one begins; `step` is -1 where there is none. A step that fetches begins
 * once, and is over when there are no tasks. */
static void note(struct machine *machine, int32_t thread, int64_t step, struct outcome *outcome) {
    if (!outcome->doings) return;
    struct runner *runner = &machine->runners[thread];
    if (runner->noted >= 0) outcome->doings[runner->noted].end_ns = machine->now_ns;
    runner->noted = step;
    if (step < 0 || outcome->doings[step].begin_ns >= 0) return;
    outcome->doings[step] = (struct doing){machine->now_ns, -1, thread};
}

/* From the end of one step to the next that takes time. */
static void advance(struct machine *machine, int32_t thread, struct outcome *outcome) {
    struct runner *runner = &machine->runners[thread];
    while (goes_on(runner)) {
        note(machine, thread, runner->step, outcome);
        int64_t value = machine->programs->value[runner->step];
        enum step_kind kind = (enum step_kind)machine->programs->kind[runner->step];
        runner->rest_ns = value;
        if (is_left_out(machine, thread, kind)) {
            runner->step++;
            continue;
        }
        if (kind == STEP_HOLD || kind == STEP_STALL) return hold(machine, thread);
        if (kind == STEP_COMPUTE) return compute(machine, thread);
        if (kind == STEP_FETCH) {
            fetch(machine, runner, value);
            continue;
        }
        runner->step++;
        if (kind == STEP_BLOCK) return block(machine, thread, value);
        if (meet(machine, thread, kind, value)) return;
    }
    note(machine, thread, -1, outcome);
    outcome->end_ns[thread] = machine->now_ns;
    give_up(machine, thread);
}

static void end_slice(struct machine *machine, int32_t thread, struct outcome *outcome) {
    struct runner *runner = &machine->runners[thread];
    core_stop(machine, thread);
    if (!runner->rest_ns) {
        runner->step++;
        advance(machine, thread, outcome);
        return;
    }
    if (machine->for_core.head != NOBODY) core_leave(machine, thread);
    core_run(machine, thread);
}

static void handle(struct machine *machine, const struct entry *entry, struct outcome *outcome) {
    bool is_of_gil = entry->what == TAKES_OVER || entry->what == MUST_DROP;
    uint32_t version = is_of_gil ? machine->gil_version : machine->runners[entry->thread].version;
    if (entry->version != version) return;
    switch (entry->what) {
    case SLICE_ENDS: end_slice(machine, entry->thread, outcome); break;
    case WAKES: advance(machine, entry->thread, outcome); break;
    case TAKES_OVER: gil_hand_over(machine); break;
    case MUST_DROP: gil_force(machine); break;
    }
}

static void advance_ready(struct machine *machine, struct outcome *outcome) {
    for (int32_t next; (next = line_leave(machine, &machine->ready)) != NOBODY;)
        advance(machine, next, outcome);
}

/* --- the whole ------------------------------------------------------------------------------ */

static bool is_sound(const struct programs *programs) {
    for (int64_t i = 0; i < programs->threads; i++)
        if (programs->until[i] < NOBODY || programs->until[i] >= programs->events) return false;
    int64_t own = programs->first[programs->threads];
    int64_t steps = programs->tasks ? programs->task[programs->tasks] : own;
    for (int64_t i = 0; i < steps; i++) {
        bool fetches = programs->kind[i] == STEP_FETCH;
        if (fetches && (i >= own || programs->value[i] >= programs->pools)) return false;
        uint8_t kind = programs->kind[i];
        bool is_event = kind == STEP_POST || kind == STEP_AWAIT || kind == STEP_GIVE || kind == STEP_TAKE;
        if (kind >= STEP_KINDS || programs->value[i] < 0) return false;
        if (is_event && programs->value[i] >= programs->events) return false;
    }
    return true;
}

static bool set_up(struct machine *machine, struct outcome *outcome) {
    const struct programs *programs = machine->programs;
    machine->runners = calloc((size_t)programs->threads + 1, sizeof *machine->runners);
    machine->awaiting = calloc((size_t)programs->events + 1, sizeof *machine->awaiting);
    machine->given = calloc((size_t)programs->events + 1, sizeof *machine->given);
    machine->fetched = calloc((size_t)programs->pools + 1, sizeof *machine->fetched);
    machine->for_gil.heap.entries = calloc((size_t)programs->threads + 1,
                                           sizeof *machine->for_gil.heap.entries);
    if (!machine->runners || !machine->awaiting || !machine->given || !machine->fetched ||
        !machine->for_gil.heap.entries)
        return false;
    memcpy(machine->given, programs->given, (size_t)programs->events * sizeof *machine->given);
    for (int64_t i = 0; i < programs->pools; i++) machine->fetched[i] = programs->pool[i];
    for (int64_t i = 0; i < programs->events; i++) line_clear(&machine->awaiting[i]);
    for (int32_t i = 0; i < programs->threads; i++) {
        machine->runners[i].step = programs->first[i];
        machine->runners[i].noted = -1;
        machine->runners[i].last = programs->first[i + 1];
        outcome->end_ns[i] = -1;
        line_join(machine, &machine->ready, i);
    }
    return true;
}

int replay(const struct programs *programs, const struct rules *rules, struct outcome *outcome) {
    if (!is_sound(programs)) return EINVAL;
    struct machine machine = {.programs = programs, .rules = rules, .holder = NOBODY};
    line_clear(&machine.for_core);
    line_clear(&machine.ready);
    machine.no_memory = !set_up(&machine, outcome);
    if (!machine.no_memory) advance_ready(&machine, outcome);
    struct entry entry;
    while (!machine.no_memory && agenda_next(&machine.agenda, &entry)) {
        machine.now_ns = entry.rank;
        handle(&machine, &entry, outcome);
        advance_ready(&machine, outcome);
    }
    agenda_free(&machine.agenda);
    free(machine.runners);
    free(machine.awaiting);
    free(machine.given);
    free(machine.fetched);
    free(machine.for_gil.heap.entries);
    return machine.no_memory ? ENOMEM : 0;
}
