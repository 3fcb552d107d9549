/* What will happen, by time. Of what happens at one time, the first that was added comes first. */
#ifndef GILSCOPE_PREDICT_AGENDA_H
#define GILSCOPE_PREDICT_AGENDA_H

#include "predict/heap.h"

enum happening {
    /* At most one of each of these will happen: another one takes its place. */
    TAKES_OVER, /* a thread that waited for the GIL gets it, if it is still free */
    MUST_DROP, /* the thread with the GIL is asked to let go, if it still has it */
    ONCE_ONLY, /* how many these are */
    SLICE_ENDS = ONCE_ONLY, /* a running thread has done its step, or has had its core for long enough */
    WAKES, /* a blocked thread goes on */
};

struct agenda {
    struct heap heap;
    int64_t room, added;
    struct entry once[ONCE_ONLY];
    bool is_set[ONCE_ONLY];
};

bool agenda_add(struct agenda *agenda, struct entry entry);
bool agenda_next(struct agenda *agenda, struct entry *entry);
void agenda_free(struct agenda *agenda);

#endif
