/* What is ordered in every execution: by starts and ends of threads, and by time that passes. */
#include "explore/engine.h"

uint32_t thread_clocks[MOST_THREADS][MOST_THREADS];
static uint64_t spawned_threads, ended_threads; /* bits */

static void join_clock(int thread, int other) {
    for (int i = 0; i < MOST_THREADS; i++)
        if (thread_clocks[thread][i] < thread_clocks[other][i])
            thread_clocks[thread][i] = thread_clocks[other][i];
}

/* thread_clocks[t][u] counts the stretches of u that came before what t does now. */
void touch_spawned(int parent, int child) {
    thread_clocks[parent][parent]++;
    memset(thread_clocks[child], 0, sizeof thread_clocks[child]);
    join_clock(child, parent);
    spawned_threads |= (UINT64_C(1) << parent) | (UINT64_C(1) << child);
}

void touch_joined(int thread, int ended) {
    thread_clocks[ended][ended]++;
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
    for (int i = 0; i < threads; i++) thread_clocks[i][i]++;
    for (int i = 1; i < threads; i++) join_clock(0, i);
    for (int i = 1; i < threads; i++) join_clock(i, 0);
}

void clocks_reset(void) {
    memset(thread_clocks, 0, sizeof thread_clocks);
    spawned_threads = ended_threads = 0;
}
