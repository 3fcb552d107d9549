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
    size_t first, count; /* of its accesses */
    bool closes;         /* it is a call that closes a generator or a file */
} open_operation;

/* Of each thread, the innermost last. */
typedef struct open_stack {
    open_operation *operations;
    size_t count, room;
    touched *accesses;
    size_t used, accesses_room;
} open_stack;

enum { MOST_FRAMES = 4096 };

static open_stack stacks[MOST_THREADS];

static open_operation *innermost(int thread) {
    open_stack *stack = &stacks[thread];
    return stack->count ? &stack->operations[stack->count - 1] : NULL;
}

static void close_last(int thread) {
    stacks[thread].used = innermost(thread)->first;
    stacks[thread].count--;
}

static bool stands_at(raw_frame *frame, const site *where) {
    PyCodeObject *code = frame_code(frame);
    return is_site_of(where, code) && instruction_offset(frame, code) >= where->offset;
}

bool is_outside_of(raw_frame *inner, raw_frame *outer) {
    for (int i = 0; inner && i < MOST_FRAMES; i++, inner = inner->previous)
        if (inner == outer) return true;
    return false;
}

static void close_ended(int thread, raw_frame *now) {
    for (open_operation *last = innermost(thread); last; last = innermost(thread)) {
        if (last->frame != now && is_outside_of(now, last->frame) && stands_at(last->frame, last->where))
            return;
        close_last(thread);
    }
}

static void *with_room(void *memory, size_t *room, size_t wanted, size_t size) {
    if (wanted <= *room) return memory;
    *room = wanted < 64 ? 64 : 2 * wanted;
    void *grown = realloc(memory, *room * size);
    if (!grown) Py_FatalError("gilscope explore: out of memory");
    return grown;
}

static const char *name_called(const operation *op) {
    PyObject *callable = op->callable ? slot_object(*op->callable) : NULL;
    if (!callable) return "";
    if (PyCFunction_Check(callable)) return ((PyCFunctionObject *)callable)->m_ml->ml_name;
    bool is_method = Py_IS_TYPE(callable, &PyMethodDescr_Type);
    return is_method ? ((PyMethodDescrObject *)callable)->d_method->ml_name : "";
}

static bool closes_something(const operation *op) {
    static const char *const names[] = {"close", "throw", "__exit__", "detach", "aclose", "athrow"};
    const char *name = name_called(op);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i])) return true;
    return op->where->kind == SITE_LEAVE;
}

/* An operation begins; it is over when its frame goes on to the next instruction. */
void push_open(const operation *op, int thread) {
    close_ended(thread, op->frame);
    bool matters = op->count || op->where->flags & SITE_CHECKS_AFTER;
    if (!the_engine.concurrent || !matters || leaves_frame(op->where)) return;
    open_stack *stack = &stacks[thread];
    size_t count = (size_t)op->count;
    stack->operations = with_room(stack->operations, &stack->room, stack->count + 1,
                                  sizeof *stack->operations);
    stack->accesses = with_room(stack->accesses, &stack->accesses_room, stack->used + count,
                                sizeof *stack->accesses);
    if (count) memcpy(stack->accesses + stack->used, op->accesses, count * sizeof *stack->accesses);
    stack->operations[stack->count++] = (open_operation){op->frame, op->where, stack->used, count,
                                                         closes_something(op)};
    stack->used += count;
}

raw_frame *caller_of(raw_frame *frame) {
    raw_frame *caller = frame->previous;
    while (caller && frame_is_internal(caller)) caller = caller->previous;
    return caller;
}

/* Python code returns: to the operation that it was called by, if that is one in C. Objects that have
 * ended meanwhile are known by where they were touched. */
void add_interrupted(operation *op, int thread) {
    close_ended(thread, op->frame);
    const open_operation *last = innermost(thread);
    if (!last || caller_of(op->frame) != last->frame) return;
    const touched *accesses = stacks[thread].accesses + last->first;
    for (size_t i = 0; i < last->count && op->count < MOST_ACCESSES; i++)
        op->accesses[op->count++] = accesses[i];
}

bool is_closed_by_call(raw_frame *frame, int thread) {
    close_ended(thread, frame);
    const open_operation *last = innermost(thread);
    return last && caller_of(frame) == last->frame && last->closes;
}

/* Python code returns to C, which returns to an instruction after which the eval loop looks whether
 * another thread wants to run. */
bool is_looked_after(raw_frame *frame, int thread) {
    const open_operation *last = innermost(thread);
    if (!last || !entered_from_c(frame)) return false;
    return caller_of(frame) == last->frame && last->where->flags & SITE_CHECKS_AFTER;
}

void forget_open(void) {
    for (int i = 0; i < MOST_THREADS; i++) stacks[i].count = stacks[i].used = 0;
}
