/* Give each thread a number and a cell in the arena. */
#include "threads.h"

#include "gils.h"
#include "lockwaits.h"
#include "memory.h"
#include "names.h"
#include "stop.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_key_t at_thread_exit;
static __thread struct birth *own_birth __attribute__((tls_model("initial-exec")));

/* --- cells -------------------------------------------------------------------------------- */

static void give_back(struct thread_cell *cell) {
    _Atomic uint32_t *next_cell = &recording.arena->next_cell;
    uint32_t index = self.cell_index, next = atomic_load(next_cell);
    atomic_store_explicit(&cell->lock_waits, 0, memory_order_relaxed);
    atomic_store_explicit(&cell->state, CELL_FREE, memory_order_release);
    while (index < next && !atomic_compare_exchange_weak(next_cell, &next, index)) continue;
    self = (struct thread){0};
}

static void thread_ended(void *unused) {
    (void)unused;
    if (!recording.active || self.session != recording.session) return;
    struct thread_cell *cell = self.cell;
    if (self.asks) { /* it left take_gil() by exiting, as daemon threads do at shutdown */
        atomic_fetch_sub(&self.asked->cell->waiters, 1);
        atomic_store(&cell->request_ns, 0);
    }
    lockwaits_abandon();
    if (recording.is_watched) watch_thread_ends();
    if (!recording.is_logged) { /* nobody else gives the cell back */
        give_back(cell);
        return;
    }
    cell->end_ns = now_ns();
    uint64_t cpu_ns = thread_cpu_ns();
    if (cpu_ns > cell->cpu_start_ns) cell->cpu_ns = cpu_ns - cell->cpu_start_ns;
    atomic_store_explicit(&cell->state, CELL_ENDED, memory_order_release);
    self = (struct thread){0};
}

bool threads_init(void) { return pthread_key_create(&at_thread_exit, thread_ended) == 0; }

static void note_use_of(uint32_t index) {
    uint32_t now = atomic_load(&recording.cells_used);
    while (now <= index && !atomic_compare_exchange_weak(&recording.cells_used, &now, index + 1)) continue;
    atomic_store(&recording.arena->cells_used, atomic_load(&recording.cells_used));
}

static struct thread_cell *claim_cell(uint32_t *index) {
    _Atomic uint32_t *next_cell = &recording.arena->next_cell;
    uint32_t used = atomic_load(&recording.cells_used);
    uint32_t start = atomic_load_explicit(next_cell, memory_order_relaxed);
    if (start > used) start = used; /* so that no more than the next block needs to be mapped */
    for (uint32_t i = 0; i < THREAD_CELLS; i++) {
        uint32_t at = (start + i) % THREAD_CELLS, expected = CELL_FREE;
        struct thread_cell *cell = memory_cell(at);
        if (!cell) return NULL;
        if (!atomic_compare_exchange_strong(&cell->state, &expected, CELL_CLAIMED)) continue;
        atomic_store_explicit(next_cell, at + 1, memory_order_relaxed);
        note_use_of(at);
        *index = at;
        return cell;
    }
    return NULL;
}

static void first_name(struct thread_cell *cell) {
    if (own_birth && own_birth->name_bytes) {
        cell->name_bytes = own_birth->name_bytes;
        memcpy(cell->name, own_birth->name, cell->name_bytes);
        return;
    }
    char name[17] = {0}; /* as the kernel has it */
    if (pthread_getname_np(pthread_self(), name, sizeof name) != 0) name[0] = 0;
    cell->name_bytes = (uint32_t)strlen(name);
    memcpy(cell->name, name, cell->name_bytes);
}

bool thread_register(void) {
    uint32_t index;
    struct thread_cell *cell = claim_cell(&index);
    if (!cell) {
        recording_give_up(STOP_OVERFLOW);
        return false;
    }
    self = (struct thread){.session = recording.session,
                           .identity = (unsigned long)pthread_self(),
                           .cell = cell,
                           .cell_index = index};
    cell->thread = self.number = atomic_fetch_add(&recording.threads, 1) + 1;
    cell->tid = (int32_t)syscall(SYS_gettid);
    cell->flags = cell->tid == getpid() ? THREAD_MAIN : 0;
    cell->start_ns = cell->end_ns = now_ns();
    cell->cpu_start_ns = recording.since_ns ? recording.newborn.begin_cpu_ns : thread_cpu_ns();
    cell->cpu_ns = 0;
    atomic_store(&cell->request_ns, 0);
    atomic_store(&cell->last_site, 0);
    atomic_store(&cell->released_ns, 0);
    atomic_store(&cell->lock_waits, 0);
    first_name(cell);
    if (cell->flags & THREAD_MAIN) {
        cell->name_bytes = 10;
        memcpy(cell->name, "MainThread", 10);
    }
    watch_named();
    if (pthread_setspecific(at_thread_exit, cell) != 0) { /* no memory: its end would go unseen */
        recording_give_up(STOP_OVERFLOW);
        return false;
    }
    atomic_store_explicit(&cell->state, CELL_LIVE, memory_order_release);
    return true;
}

/* --- births --------------------------------------------------------------------------------- */

struct birth *thread_birth(void *(*routine)(void *), void *argument) {
    struct birth *birth = malloc(sizeof *birth);
    if (!birth) return NULL;
    *birth = (struct birth){.routine = routine, .argument = argument};
    struct gil *gil = self.session == recording.session ? self.last_held : NULL;
    if (gil && holder_of(gil) == &self) {
        PyThreadState *tstate = gil_tstate(gil);
        if (tstate) birth->name_bytes = name_of_started(tstate, birth->name);
    } else if (gils_are_off() && !runtime_is_finalizing()) {
        PyThreadState *tstate = current_tstate();
        if (tstate) birth->name_bytes = name_of_started(tstate, birth->name);
    }
    return birth;
}

void *thread_be_born(void *argument) {
    struct birth birth = *(struct birth *)argument;
    free(argument);
    own_birth = &birth;
    bool is_on = atomic_load_explicit(&recording.active, memory_order_relaxed);
    if (is_on && gils_are_off() && self.session != recording.session) thread_register();
    void *result = birth.routine(birth.argument);
    own_birth = NULL;
    return result;
}
