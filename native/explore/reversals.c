/* Pairs of steps of one execution that could have come otherwise, and which threads would begin that. */
#include "explore/search.h"

#include <stdlib.h>

static numbers candidates;

static int latest_first(const void *first, const void *second) {
    int one = *(const int *)first, other = *(const int *)second;
    return (one < other) - (one > other);
}

/* Steps of others that it depends on, which could have come after it. */
static int reversible_steps(const order *steps, int thread, const step *what) {
    const int32_t *clock = steps->clocks[thread];
    candidates.count = 0;
    for (int i = 0; i < what->count; i++) {
        const step_access *each = &what->accesses[i];
        const touches *all = order_touches(steps, each->object);
        for (int other = 0; all && other < steps->threads; other++) {
            if (other == thread) continue;
            for (int at = all[other].count; at-- > 0 && all[other].all[at].number > clock[other];) {
                const step_access *its = all[other].all[at].what;
                if (do_conflict(its, each) && is_reversible(its, each))
                    numbers_add(&candidates, all[other].all[at].number);
            }
        }
    }
    if (candidates.count)
        qsort(candidates.all, (size_t)candidates.count, sizeof *candidates.all, latest_first);
    return candidates.count;
}

static bool waits_for_lock(const step *what) {
    for (int i = 0; i < what->count; i++)
        if (what->accesses[i].mode == MODE_ACQUIRE) return true;
    return false;
}

/* Earlier steps that a thread's next step could have preceded. Ask before the step is appended. One that
 * happened before another of them is not named: it is when that one has been reversed. But where a lock is
 * waited for, that one may have come while the lock was held, and its reversal may not exist: then all are
 * named. What is found is valid until the next question. */
int races_of(const order *steps, int thread, const step *what, int **found) {
    int count = reversible_steps(steps, thread, what), kept = 0;
    bool waits = count && waits_for_lock(what);
    clock_row known;
    memcpy(known, steps->clocks[thread], sizeof known);
    for (int i = 0; i < count; i++) {
        int number = candidates.all[i];
        if (i && kept && candidates.all[kept - 1] == number) continue;
        if (known[steps->taken[number].thread] >= number) continue;
        if (!waits) join_rows(known, steps->taken[number].clock, steps->threads);
        candidates.all[kept++] = number;
    }
    *found = candidates.all;
    return kept;
}

static int first_after(const numbers *own, int number) {
    int low = 0, high = own->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (own->all[middle] <= number) low = middle + 1;
        else high = middle;
    }
    return low < own->count ? own->all[low] : -1;
}

/* The first step of each thread after one, if it does not depend on that; -1 where there is none. */
static void find_firsts(const order *steps, int number, int *firsts) {
    for (int thread = 0; thread < steps->threads; thread++) {
        int first = first_after(&steps->of_thread[thread], number);
        firsts[thread] = first < 0 || does_follow(steps, first, number) ? -1 : first;
    }
}

/* The threads of those steps that none of the others happened before. */
static uint64_t find_minimal(const order *steps, const int *firsts) {
    uint64_t minimal = 0;
    for (int thread = 0; thread < steps->threads; thread++) {
        if (firsts[thread] < 0) continue;
        const int32_t *clock = steps->taken[firsts[thread]].clock;
        bool comes_after = false;
        for (int other = 0; other < steps->threads && !comes_after; other++)
            comes_after = other != thread && firsts[other] >= 0 && clock[other] >= firsts[other];
        if (!comes_after) minimal |= UINT64_C(1) << thread;
    }
    return minimal;
}

static uint64_t in_past(const order *steps, const int *firsts, const int32_t *past) {
    uint64_t found = 0;
    for (int thread = 0; thread < steps->threads; thread++)
        if (firsts[thread] >= 0 && past[thread] >= firsts[thread]) found |= UINT64_C(1) << thread;
    return found;
}

/* The clock of a next step if step `number`, and what depends on it, were not there. */
static void past_without(const order *steps, int number, int thread, const step *what, int32_t *past) {
    memcpy(past, steps->clocks[thread], sizeof(clock_row));
    for (int i = 0; i < what->count; i++) {
        const touches *all = order_touches(steps, what->accesses[i].object);
        for (int other = 0; all && other < steps->threads; other++)
            for (int at = all[other].count; at-- > 0 && all[other].all[at].number > number;) {
                int earlier = all[other].all[at].number;
                if (!do_conflict(all[other].all[at].what, &what->accesses[i])) continue;
                if (does_follow(steps, earlier, number)) continue;
                join_rows(past, steps->taken[earlier].clock, steps->threads);
                break;
            }
    }
}

/* Threads that can begin an execution in which the step comes before step `number`: those of the first of the
 * steps after it that do not depend on it, then the step (source sets: Abdulla, Aronis, Jonsson, Sagonas, POPL
 * 2014, section 4). And those of them that begin all such executions, as the step comes after theirs. */
void initials_of(const order *steps, int number, int thread, const step *what, uint64_t *initials,
                 uint64_t *needed) {
    int firsts[MOST_THREADS];
    clock_row past;
    find_firsts(steps, number, firsts);
    past_without(steps, number, thread, what, past);
    uint64_t before = in_past(steps, firsts, past);
    *initials = find_minimal(steps, firsts);
    *needed = *initials & before;
    if (before) return;
    *initials |= UINT64_C(1) << thread;
    *needed |= UINT64_C(1) << thread;
}

/* Threads that begin all executions in which step `later` comes before step `number`. */
uint64_t needed_for(const order *steps, int number, int later) {
    int firsts[MOST_THREADS];
    find_firsts(steps, number, firsts);
    return find_minimal(steps, firsts) & in_past(steps, firsts, steps->taken[later].clock);
}
