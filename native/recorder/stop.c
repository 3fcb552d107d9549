/* The end of a recording, as anybody in it may bring it about. */
#include "stop.h"

#include "memory.h"
#include "watchtime.h"

/* The CPU clock of any thread of this process, by the kernel's encoding of clock ids
 * (include/linux/posix-timers.h: CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_SCHED). */
static uint64_t cpu_ns_of(int32_t tid) {
    struct timespec t;
    if (clock_gettime((clockid_t)((~(uint32_t)tid << 3) | 6u), &t) != 0) return 0;
    return timespec_ns(t);
}

static void finish_threads(uint64_t end_ns) {
    for (uint32_t i = 0, used = atomic_load(&recording.cells_used); i < used; i++) {
        struct thread_cell *cell = memory_cell(i);
        if (!cell || atomic_load(&cell->state) != CELL_LIVE) continue;
        uint64_t cpu_ns = cpu_ns_of(cell->tid);
        if (cpu_ns > cell->cpu_start_ns) cell->cpu_ns = cpu_ns - cell->cpu_start_ns;
        cell->end_ns = end_ns;
    }
}

bool recording_stop(enum stop_reason reason) {
    if (!atomic_exchange(&recording.active, 0)) return false;
    struct arena_header *arena = recording.arena;
    atomic_store(&recording.primary_mutex, NULL);
    arena->end_ns = now_ns();
    watchtime_cut();
    finish_threads(arena->end_ns);
    atomic_store(&arena->stop_reason, reason);
    atomic_store(&arena->state, RECORDER_STOPPED);
    recording_wake_collector();
    return true;
}

/* The rest of the arena stays: the end is still to be agreed upon with the collector. */
void recording_give_up(enum stop_reason reason) {
    if (!recording_stop(reason)) return;
    if (recording.leave) recording.leave();
    else memory_release_segments(false);
}
