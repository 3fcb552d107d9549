/* Happens-before of one execution: vector clocks over step numbers. */
#include "explore/search.h"

#include <stdlib.h>

enum { FIRST_ROOM = 8 };

/* `count` are there, and one more is to come. */
void *with_room(void *memory, int *room, int count, size_t size) {
    if (count < *room) return memory;
    *room = *room ? 2 * *room : FIRST_ROOM;
    return checked(realloc(memory, (size_t)*room * size));
}

void numbers_add(numbers *to, int number) {
    to->all = with_room(to->all, &to->room, to->count, sizeof *to->all);
    to->all[to->count++] = number;
}

void join_rows(int32_t *row, const int32_t *other, int threads) {
    for (int i = 0; i < threads; i++)
        if (row[i] < other[i]) row[i] = other[i];
}

void order_begin(order *made) {
    memset(made, 0, sizeof *made);
    memset(made->clocks, -1, sizeof made->clocks);
    memset(made->common, -1, sizeof made->common);
}

void order_free(order *ended) {
    order_cut(ended, 0);
    free(ended->taken);
    free(ended->pauses);
    for (int i = 0; i < MOST_THREADS; i++) free(ended->of_thread[i].all);
    for (size_t i = 0; i < ended->touched_room; i++) {
        if (!ended->touched[i]) continue;
        for (int j = 0; j < MOST_THREADS; j++) free(ended->touched[i][j].all);
        free(ended->touched[i]);
    }
    free(ended->touched);
}

/* What stands for the start or the end of a thread has a number below 0. */
static size_t index_of(long object) {
    return object < 0 ? 2 * (size_t)(-1 - object) + 1 : 2 * (size_t)object;
}

const touches *order_touches(const order *steps, long object) {
    size_t index = index_of(object);
    return index < steps->touched_room ? steps->touched[index] : NULL;
}

static touches *touches_to_change(order *steps, long object) {
    size_t index = index_of(object);
    if (index >= steps->touched_room) {
        size_t room = 2 * index + FIRST_ROOM;
        steps->touched = checked(realloc(steps->touched, room * sizeof *steps->touched));
        memset(steps->touched + steps->touched_room, 0,
               (room - steps->touched_room) * sizeof *steps->touched);
        steps->touched_room = room;
    }
    if (!steps->touched[index]) steps->touched[index] = checked(calloc(MOST_THREADS, sizeof(touches)));
    return steps->touched[index];
}

/* After the last step of another thread that it depends on, of those that it does not follow already. */
static void join_touches(const order *steps, int other, const touches *theirs, const step_access *each,
                         int32_t *clock) {
    int known = clock[other];
    for (int i = theirs->count; i-- > 0;) {
        if (theirs->all[i].number <= known) return;
        if (!do_conflict(theirs->all[i].what, each)) continue;
        join_rows(clock, steps->taken[theirs->all[i].number].clock, steps->threads);
        return;
    }
}

static void know_thread(order *steps, int thread) {
    if (thread >= steps->threads) steps->threads = thread + 1;
}

static void note_touches(order *steps, int thread, int number, const step *what) {
    for (int i = 0; i < what->count; i++) {
        touches *mine = &touches_to_change(steps, what->accesses[i].object)[thread];
        mine->all = with_room(mine->all, &mine->room, mine->count, sizeof *mine->all);
        mine->all[mine->count++] = (touching){number, &what->accesses[i]};
    }
}

void order_append(order *steps, int thread, step *what) {
    know_thread(steps, thread);
    int number = steps->count;
    steps->taken = with_room(steps->taken, &steps->room, number, sizeof *steps->taken);
    taken *now = &steps->taken[number];
    now->thread = thread;
    now->step = step_use(what);
    memcpy(now->before, steps->clocks[thread], sizeof now->before);
    memcpy(now->clock, now->before, sizeof now->clock);
    for (int i = 0; i < what->count; i++) {
        const touches *all = order_touches(steps, what->accesses[i].object);
        for (int other = 0; all && other < steps->threads; other++)
            if (other != thread) join_touches(steps, other, &all[other], &what->accesses[i], now->clock);
    }
    now->clock[thread] = number;
    memcpy(steps->clocks[thread], now->clock, sizeof now->clock);
    steps->count++;
    numbers_add(&steps->of_thread[thread], number);
    note_touches(steps, thread, number, what);
}

static void take_back(order *steps) {
    taken *last = &steps->taken[--steps->count];
    steps->of_thread[last->thread].count--;
    for (int i = 0; i < last->step->count; i++)
        touches_to_change(steps, last->step->accesses[i].object)[last->thread].count--;
    memcpy(steps->clocks[last->thread], last->before, sizeof last->before);
    step_drop(last->step);
}

static void undo_pause(order *steps) {
    standstill *last = steps->pauses[--steps->pause_count];
    memcpy(steps->common, last->common, sizeof steps->common);
    for (int i = 0; i < MOST_THREADS; i++)
        memcpy(steps->clocks[i], i < last->threads ? last->clocks[i] : last->common, sizeof(clock_row));
    free(last);
}

void order_cut(order *steps, int length) {
    for (;;) {
        int at = steps->pause_count ? steps->pauses[steps->pause_count - 1]->taken : -1;
        if (at >= 0 && at >= steps->count && at >= length) undo_pause(steps);
        else if (steps->count > length) take_back(steps);
        else return;
    }
}

/* Nothing crosses this point: what came before it comes before all that follows. */
void order_pause(order *steps) {
    if (steps->pause_count && steps->pauses[steps->pause_count - 1]->taken == steps->count) return;
    standstill *now = checked(malloc(sizeof *now + (size_t)steps->threads * sizeof(clock_row)));
    now->taken = steps->count;
    now->threads = steps->threads;
    memcpy(now->common, steps->common, sizeof now->common);
    memcpy(now->clocks, steps->clocks, (size_t)steps->threads * sizeof(clock_row));
    steps->pauses = with_room(steps->pauses, &steps->pause_room, steps->pause_count, sizeof *steps->pauses);
    steps->pauses[steps->pause_count++] = now;
    for (int i = 0; i < steps->threads; i++) join_rows(steps->common, steps->clocks[i], MOST_THREADS);
    for (int i = 0; i < MOST_THREADS; i++) memcpy(steps->clocks[i], steps->common, sizeof steps->common);
}
