/* Operations in C during which Python code runs: a sort with its key function, a lookup with __eq__.
 *
 * When that code returns, the operation goes on, and touches again what it touched when it began.
 * So for each thread, the operations are kept that may still go on; whether one does is seen by its
 * frame: it stands at the same instruction, further out than the code that runs now. */
#include "explore/engine.h"

#include <stdlib.h>

typedef struct open_operation {
    raw_frame *frame;
    const site *where;
    int count;
    touched accesses[];
} open_operation;

enum { MOST_OPEN = 64, MOST_FRAMES = 4096 };

static open_operation *open_operations[MOST_THREADS][MOST_OPEN];
static int open_count[MOST_THREADS];

static void close_last(int thread) { free(open_operations[thread][--open_count[thread]]); }

static bool stands_at(raw_frame *frame, const site *where) {
    PyCodeObject *code = frame_code(frame);
    return is_site_of(where, code) && instruction_offset(frame, code) >= where->offset;
}

static bool is_outside_of(raw_frame *inner, raw_frame *outer) {
    for (int i = 0; inner && i < MOST_FRAMES; i++, inner = inner->previous)
        if (inner == outer) return true;
    return false;
}

static void close_ended(int thread, raw_frame *now) {
    while (open_count[thread]) {
        open_operation *last = open_operations[thread][open_count[thread] - 1];
        if (last->frame != now && is_outside_of(now, last->frame) && stands_at(last->frame, last->where)) return;
        close_last(thread);
    }
}

/* An operation begins; it is over when its frame goes on to the next instruction. */
void push_open(const operation *op, int thread) {
    close_ended(thread, op->frame);
    if (!the_engine.concurrent || !op->count || op->where->kind == SITE_RETURN || op->where->kind == SITE_GENERATOR) return;
    if (open_count[thread] == MOST_OPEN) {
        operation_unknown(op, "functions in C that call each other, too deep");
        return;
    }
    size_t bytes = (size_t)op->count * sizeof(touched);
    open_operation *made = malloc(sizeof *made + bytes);
    if (!made) Py_FatalError("gilscope explore: out of memory");
    made->frame = op->frame;
    made->where = op->where;
    made->count = op->count;
    memcpy(made->accesses, op->accesses, bytes);
    open_operations[thread][open_count[thread]++] = made;
}

static raw_frame *caller_of(raw_frame *frame) {
    raw_frame *caller = frame->previous;
    while (caller && caller->owner == SHIM_FRAME_OWNER) caller = caller->previous;
    return caller;
}

/* Python code returns: to the operation that it was called by, if that is one in C. */
void add_interrupted(operation *op, int thread) {
    close_ended(thread, op->frame);
    if (!open_count[thread]) return;
    const open_operation *last = open_operations[thread][open_count[thread] - 1];
    if (caller_of(op->frame) != last->frame) return;
    for (int i = 0; i < last->count && op->count < MOST_ACCESSES; i++) op->accesses[op->count++] = last->accesses[i];
}

void forget_open(void) {
    for (int i = 0; i < MOST_THREADS; i++)
        while (open_count[i]) close_last(i);
}
