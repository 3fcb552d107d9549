/* What steps touch and how they are ordered: the bookkeeping of a search for all interleavings.
 *
 * As gilscope.explore.search.steps names steps: tuples of accesses (object, part of it, mode). */
#ifndef GILSCOPE_EXPLORE_SEARCH_H
#define GILSCOPE_EXPLORE_SEARCH_H

#include "explore/objects.h"

enum { NOBODY = -1 };

/* Without the flags for what is not known of an access. */
enum { MODE_MASK = (1 << DOUBT_SHIFT) - 1 };

typedef struct step_access {
    PyObject *named; /* the tuple, of the step's */
    PyObject *part;
    long object;
    long key; /* the number of the object that is the part; -1 for a part of another kind */
    int mode; /* with its doubts */
    bool is_all;
} step_access;

typedef struct step {
    PyObject *named; /* the tuple of its accesses */
    int users, count;
    step_access accesses[];
} step;

/* steps.c */
extern PyMethodDef steps_methods[];
step *step_new(PyObject *named); /* NULL with an exception */
static inline step *step_use(step *used) {
    if (used) used->users++;
    return used;
}
void step_drop(step *dropped);
bool do_conflict(const step_access *first, const step_access *second);
bool is_reversible(const step_access *first,
                   const step_access *second); /* not if it waited for the first's release */
bool may_wake(const step *asleep, long numbered, const step *taken);
int add_doubts(PyObject *doubts, const step *first, const step *second);

/* By thread: its last step that came before; -1 for none. */
typedef int32_t clock_row[MOST_THREADS];

/* A step that was taken, the thread's clock after it, and before. */
typedef struct taken {
    int thread;
    step *step;
    clock_row clock, before;
} taken;

typedef struct touching {
    int number; /* of the step */
    const step_access *what;
} touching;

/* What one thread did to an object, in order. */
typedef struct touches {
    touching *all;
    int count, room;
} touches;

typedef struct numbers {
    int *all;
    int count, room;
} numbers;

/* The clocks before time passed, which it did after so many steps. */
typedef struct standstill {
    int taken, threads;
    int32_t common[MOST_THREADS];
    clock_row clocks[];
} standstill;

/* The steps of one execution so far, with their order; can be cut back to its beginning. */
typedef struct order {
    taken *taken;
    int count, room;
    int threads; /* that are known */
    clock_row clocks[MOST_THREADS], common; /* known to threads that have not taken a step yet */
    numbers of_thread[MOST_THREADS];
    touches **touched; /* by object, then by thread; NULL for an object that nobody touched */
    size_t touched_room;
    standstill **pauses;
    int pause_count, pause_room;
} order;

/* order.c */
void *with_room(void *memory, int *room, int count, size_t size); /* ends the process if there is none */
void numbers_add(numbers *to, int number);
void order_begin(order *made);
void order_free(order *ended);
void order_append(order *steps, int thread, step *what);
void order_cut(order *steps, int length);
void order_pause(order *steps); /* time passes, which it does only when no thread can go on */
const touches *order_touches(const order *steps, long object);
static inline bool does_follow(const order *steps, int later, int number) {
    return steps->taken[later].clock[steps->taken[number].thread] >= number;
}
void join_rows(int32_t *row, const int32_t *other, int threads);

/* reversals.c: threads as bits. */
int races_of(const order *steps, int thread, const step *what, int **found); /* latest first; how many */
void initials_of(const order *steps, int number, int thread, const step *what, uint64_t *initials,
                 uint64_t *needed);
uint64_t needed_for(const order *steps, int number, int later);

#endif
