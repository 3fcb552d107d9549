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

static bool goes_before(const struct waiting *one, const struct waiting *other) {
    return one->turn != other->turn ? one->turn < other->turn : one->order < other->order;
}

void queue_join(struct queue *queue, int32_t thread, uint32_t turn) {
    struct waiting last = {turn, thread, queue->added++};
    int64_t at = queue->used++;
    for (; at > 0 && goes_before(&last, &queue->waiting[(at - 1) / 2]); at = (at - 1) / 2)
        queue->waiting[at] = queue->waiting[(at - 1) / 2];
    queue->waiting[at] = last;
}

int32_t queue_leave(struct queue *queue) {
    if (!queue->used) return NOBODY;
    int32_t thread = queue->waiting[0].thread;
    struct waiting last = queue->waiting[--queue->used];
    int64_t at = 0;
    for (int64_t child = 1; child < queue->used; child = 2 * at + 1) {
        if (child + 1 < queue->used && goes_before(&queue->waiting[child + 1], &queue->waiting[child]))
            child++;
        if (!goes_before(&queue->waiting[child], &last)) break;
        queue->waiting[at] = queue->waiting[child];
        at = child;
    }
    queue->waiting[at] = last;
    return thread;
}

void schedule(struct machine *machine, enum happening what, int64_t in_ns, int32_t thread, uint32_t version) {
    struct entry entry = {machine->now_ns + in_ns, 0, thread, version, what};
    if (!agenda_add(&machine->agenda, entry)) machine->no_memory = true;
}
