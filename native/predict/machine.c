#include "predict/machine.h"

void line_clear(struct line *line) { line->head = line->tail = NOBODY; }

void line_join(struct machine *machine, struct line *line, int32_t thread) {
    machine->runners[thread].behind = NOBODY;
    if (line->head == NOBODY) line->head = thread;
    else machine->runners[line->tail].behind = thread;
    line->tail = thread;
}

int32_t line_leave(struct machine *machine, struct line *line) {
    int32_t thread = line->head;
    if (thread != NOBODY) line->head = machine->runners[thread].behind;
    return thread;
}

int32_t line_take_least_turn(struct machine *machine, struct line *line) {
    struct runner *runners = machine->runners;
    int32_t least = line->head, before_least = NOBODY;
    for (int32_t before = line->head; before != NOBODY; before = runners[before].behind) {
        int32_t thread = runners[before].behind;
        if (thread == NOBODY || runners[thread].turn >= runners[least].turn) continue;
        least = thread;
        before_least = before;
    }
    if (before_least == NOBODY) return line_leave(machine, line);
    runners[before_least].behind = runners[least].behind;
    if (line->tail == least) line->tail = before_least;
    return least;
}

void schedule(struct machine *machine, enum happening what, int64_t in_ns, int32_t thread, uint32_t version) {
    struct entry entry = {machine->now_ns + in_ns, 0, thread, version, what};
    if (!agenda_add(&machine->agenda, entry)) machine->no_memory = true;
}
