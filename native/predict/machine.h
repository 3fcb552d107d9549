/* The machine of a simulation: its clock, its cores, its GIL, and the threads that want them. */
#ifndef GILSCOPE_PREDICT_MACHINE_H
#define GILSCOPE_PREDICT_MACHINE_H

#include "predict/agenda.h"
#include "predict/programs.h"

enum { NOBODY = -1 };

/* Threads one behind the other; a thread stands in one line at a time. */
struct line {
    int32_t head, tail;
};

/* Threads of which the one with the least turn is next; of several, the one that came first. */
struct queue {
    struct heap heap; /* with room for all threads */
    int64_t added;
};

struct runner {
    int64_t step, last;
    int64_t noted; /* the step that has begun last; -1: none */
    int64_t fetch, after; /* in a task: the step that fetched it, and the last of its own program */
    int64_t rest_ns;  /* of the step that it is at */
    int64_t since_ns; /* it has been running, while it does */
    int32_t behind;   /* who stands behind it in a line */
    uint32_t version; /* counts its slices */
    bool has_core, running, in_task;
};

struct machine {
    const struct programs *programs;
    const struct rules *rules;
    struct agenda agenda;
    struct runner *runners;
    struct line *awaiting; /* by event; its tail is HAPPENED once it has */
    int64_t *given; /* by event: how many there are to be taken */
    struct line for_core, ready;
    struct queue for_gil;
    int64_t *fetched; /* by pool: the task that is next */
    int64_t now_ns, busy_cores;
    int32_t holder;
    uint32_t held_turn; /* of the hold that it began with: others begin with a request of their own */
    bool must_drop; /* who has the GIL, as soon as its step is over */
    uint32_t gil_version; /* counts who had it */
    bool no_memory;
};

void line_clear(struct line *line);
void line_join(struct machine *machine, struct line *line, int32_t thread);
int32_t line_leave(struct machine *machine, struct line *line);

void queue_join(struct queue *queue, int32_t thread, uint32_t turn);
int32_t queue_leave(struct queue *queue);

void schedule(struct machine *machine, enum happening what, int64_t in_ns, int32_t thread, uint32_t version);

#endif
