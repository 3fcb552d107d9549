/* What is ordered: in every execution, by starts and ends of threads, and by time that passes; in this
 * one, also by what threads hand on to each other: locks and queues. */
#include "explore/engine.h"

#include <stdlib.h>

typedef uint32_t clock_row[MOST_THREADS];

clock_row thread_clocks[MOST_THREADS], ordered_clocks[MOST_THREADS];
uint64_t barriers;
static uint64_t spawned_threads, ended_threads; /* bits */

/* By the number of a lock or queue: what came before it was handed on last; NULL if it never was. */
static clock_row **handed_on;
static size_t handed_on_room;
/* What each thread goes on to get or to hand on, by its number from 1; 0 for nothing. */
static long to_get[MOST_THREADS], to_hand_on[MOST_THREADS];

static void join_row(uint32_t *row, const uint32_t *other) {
    for (int i = 0; i < MOST_THREADS; i++)
        if (row[i] < other[i]) row[i] = other[i];
}

static void join_clock(int thread, int other) {
    join_row(thread_clocks[thread], thread_clocks[other]);
    join_row(ordered_clocks[thread], ordered_clocks[other]);
}

static void begin_stretch(int thread) { ordered_clocks[thread][thread] = ++thread_clocks[thread][thread]; }

/* thread_clocks[t][u] counts the stretches of u that came before what t does now. */
void touch_spawned(int parent, int child) {
    begin_stretch(parent);
    memset(thread_clocks[child], 0, sizeof thread_clocks[child]);
    memset(ordered_clocks[child], 0, sizeof ordered_clocks[child]);
    join_clock(child, parent);
    spawned_threads |= (UINT64_C(1) << parent) | (UINT64_C(1) << child);
}

void touch_joined(int thread, int ended) {
    begin_stretch(ended);
    join_clock(thread, ended);
    ended_threads |= UINT64_C(1) << ended;
}

bool is_alone(int thread) {
    uint64_t others = thread < 0 ? spawned_threads : spawned_threads & ~(UINT64_C(1) << thread);
    for (int other = 0; other < MOST_THREADS && others; other++, others >>= 1) {
        if (!(others & 1)) continue;
        bool has_ended_for_it = ended_threads >> other & 1 && thread >= 0 &&
                                thread_clocks[thread][other] >= thread_clocks[other][other];
        if (!has_ended_for_it) return false;
    }
    return true;
}

/* Time passes only when no thread can go on: what came before cannot come after. */
void touch_barrier(int threads) {
    barriers++;
    for (int i = 0; i < threads; i++) begin_stretch(i);
    for (int i = 1; i < threads; i++) join_clock(0, i);
    for (int i = 1; i < threads; i++) join_clock(i, 0);
}

static clock_row *handed_on_of(long number) {
    size_t index = (size_t)number;
    if (number < 0) return NULL;
    if (index >= handed_on_room) {
        size_t room = 2 * index + 64;
        clock_row **grown = realloc(handed_on, room * sizeof *grown);
        if (!grown) Py_FatalError("gilscope explore: out of memory");
        memset(grown + handed_on_room, 0, (room - handed_on_room) * sizeof *grown);
        handed_on = grown;
        handed_on_room = room;
    }
    if (!handed_on[index]) handed_on[index] = calloc(1, sizeof(clock_row));
    return handed_on[index];
}

/* Who gets it next comes after all that the thread has done. To hand it on is a step of the search, as it
 * is to get it: so an order of steps says what this says. */
static void hand_on(int thread, long number) {
    clock_row *row = handed_on_of(number);
    begin_stretch(thread);
    if (row) join_row(*row, ordered_clocks[thread]);
}

static void get(int thread, long number) {
    clock_row *row = handed_on_of(number);
    if (row) join_row(ordered_clocks[thread], *row);
}

void touch_handed_on(int thread, long number) { to_hand_on[thread] = number + 1; }

void touch_got(int thread, long number) { to_get[thread] = number + 1; }

void touch_handover(int thread) {
    if (to_get[thread]) get(thread, to_get[thread] - 1);
    if (to_hand_on[thread]) hand_on(thread, to_hand_on[thread] - 1);
    to_get[thread] = to_hand_on[thread] = 0;
}

void clocks_reset(void) {
    for (size_t i = 0; i < handed_on_room; i++) free(handed_on[i]);
    if (handed_on_room) memset(handed_on, 0, handed_on_room * sizeof *handed_on);
    memset(thread_clocks, 0, sizeof thread_clocks);
    memset(ordered_clocks, 0, sizeof ordered_clocks);
    memset(to_get, 0, sizeof to_get);
    memset(to_hand_on, 0, sizeof to_hand_on);
    spawned_threads = ended_threads = 0;
}
