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

void queue_join(struct queue *queue, int32_t thread, uint32_t turn) {
    heap_put(&queue->heap, (struct entry){.rank = turn, .order = queue->added++, .thread = thread});
}

int32_t queue_leave(struct queue *queue) {
    return queue->heap.used ? heap_take(&queue->heap).thread : NOBODY;
}

void schedule(struct machine *machine, enum happening what, int64_t in_ns, int32_t thread, uint32_t version) {
    struct entry entry = {machine->now_ns + in_ns, 0, thread, version, what};
    if (!agenda_add(&machine->agenda, entry)) machine->no_memory = true;
}
