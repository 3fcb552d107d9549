/* The life of a recording: map the arena, install the hooks, undo both; fork, exit, giving up. */
#include "session.h"

#include "clocks.h"
#include "describe.h"
#include "gilless.h"
#include "gilswitch.h"
#include "gils.h"
#include "hooks.h"
#include "memory.h"
#include "nursery.h"
#include "recorder.h"
#include "shared/arenafile.h"
#include "shared/futex.h"
#include "spawn.h"
#include "stacks.h"
#include "stop.h"
#include "threads.h"
#include "waiters.h"
#include "watching.h"
#include "watchtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static bool prepared;
static uint64_t canary; /* another one each time */

/* --- the arena ---------------------------------------------------------------------------- */

static const char *map_own_arena(int fd) {
    if (memory_map(fd)) return NULL;
    memory_release(true);
    return "there is no room in the address space for its buffers";
}

static const char *map_arena(int fd) {
    const char *foreign = "it was launched by another version of gilscope; install the same in both places";
    if (!arena_is_whole(fd)) return foreign;
    const char *problem = map_own_arena(fd);
    if (problem) return problem;
    struct arena_header *arena = recording.arena;
    if (arena->offer.magic != ARENA_MAGIC) {
        memory_release(true);
        return foreign;
    }
    uint32_t absent = RECORDER_ABSENT;
    if (!atomic_compare_exchange_strong(&arena->state, &absent, RECORDER_STARTING)) {
        memory_release(true);
        return ""; /* another process of the same launch is being recorded */
    }
    return NULL;
}

/* --- who are we? --------------------------------------------------------------------------- */

#define INTRODUCTION_MS 3000

/* A number may be another process's in the collector's namespace. That the kernel says who has
 * this lock cannot be confused; it goes with the descriptor, when the collector knows. */
static const char *introduce(int fd) {
    struct arena_header *arena = recording.arena;
    if (!arena_take_lock(fd, LOCK_RECORDER)) return "its shared memory cannot be locked";
    for (int ms = 0; !atomic_load(&arena->knows_recorder) && ms < INTRODUCTION_MS; ms += 10) {
        recording_wake_collector();
        futex_wait(&arena->knows_recorder, 0, 10000000);
    }
    return atomic_load(&arena->knows_recorder) ? NULL : "its collector does not answer";
}

/* --- beginning ---------------------------------------------------------------------------- */

static const char *check_version(void) {
    if (Py_Version == COMPILED_FOR) return NULL;
    static char text[240];
    snprintf(text, sizeof text,
             "gilscope was built for Python %s, and this is %lu.%lu.%lu; install it again here: "
             "pip install --force-reinstall --no-cache-dir --no-binary gilscope gilscope",
             PY_VERSION, Py_Version >> 24, (Py_Version >> 16) & 255, (Py_Version >> 8) & 255);
    return text;
}

/* What a child that joins would install again at once stays where it is; see session_leave_parent(). */
void session_forget_parent(bool was_active) {
    gils_after_fork();
    spawn_after_fork();
    waiters_clear();
    bool joins = recording.children_join && recording.is_logged;
    memory_after_fork(was_active && joins);
    if (!was_active) return;
    if (joins) intern_leave(&primary_gil);
    else hooks_remove();
    self = (struct thread){0};
    recording.session++;
}

static void after_fork_in_child(void) {
    bool was_active = atomic_exchange(&recording.active, 0);
    bool was_newborn = recording.newborn.is_one;
    gils_watch(false);
    gilless_after_fork();
    recording.was_forked = recording.inherits = (was_active && recording.is_logged) || was_newborn;
    watching_after_fork();
    if (!nursery_after_fork()) session_forget_parent(was_active);
}

static bool prepare(void) {
    if (!prepared)
        prepared = threads_init() &&
                   pthread_atfork(NULL, nursery_after_fork_in_parent, after_fork_in_child) == 0;
    return prepared;
}

static void watch_all_gils(void) {
    gils_forget_others();
    for (PyInterpreterState *i = PyInterpreterState_Head(); i; i = PyInterpreterState_Next(i)) {
        raw_gil *raw = interpreter_gil(i);
        bool shared = i != PyInterpreterState_Main() && raw == interpreter_gil(PyInterpreterState_Main());
        if (raw && !shared) gils_add(raw, PyInterpreterState_GetID(i));
    }
}

static void publish(struct arena_header *arena, struct gil *gil) {
    canary = monotonic_ns() << 16 ^ (uint64_t)getpid();
    recording.pid = getpid();
    arena->pid = (int32_t)recording.pid;
    arena->canary = canary;
    arena->canary_address = (uint64_t)(uintptr_t)&canary;
    atomic_store(&arena->switch_interval_ns, gil_switch_interval_ns(gil->raw));
    if (!recording.is_logged) return;
    describe_frames(&arena->layout);
    describe_program(arena->meta, sizeof arena->meta, recording.inherits);
}

/* The collector reads our stacks; where the Yama module restricts that, this allows it. */
void session_allow(pid_t collector) {
    if (collector) prctl(PR_SET_PTRACER, (unsigned long)collector, 0, 0, 0);
}

static const char *fail(const char *why) {
    struct arena_header *arena = recording.arena;
    snprintf(arena->message, sizeof arena->message, "%s", why);
    atomic_store(&arena->state, RECORDER_FAILED);
    recording_wake_collector();
    memory_release(true);
    return why;
}

void session_leave_parent(void) {
    memory_release(true);
    hooks_remove();
    recording.inherits = false;
}

bool session_was_forked(void) {
    bool was_recorded = recording.was_forked;
    recording.was_forked = false;
    return was_recorded;
}

/* In an arena that is mapped. */
static const char *begin(void) {
    const char *problem = recording.inherits ? NULL : check_version();
    if (problem) return fail(problem);
    if (!recording.inherits && !clock_is_genuine())
        return fail("a library, such as libfaketime, changes its clock");
    if (!prepare()) return fail("no thread-specific key is left");
    recording.threads = recording.gils = recording.cells_used = 0;
    struct arena_header *arena = recording.arena;
    clocks_start();
    watch_all_gils();
    struct gil *gil = gils_add(interpreter_gil(PyInterpreterState_Main()), 0);
    publish(arena, gil);
    if (atomic_exchange(&recording.resume, NULL)) waiters_clear(); /* the hooks are there */
    problem = hooks_install();
    if (problem) return fail(problem);
    atomic_store(&recording.active, 1);
    gilswitch_look(PyInterpreterState_Main());
    /* A newborn joins while it lets go of the GIL: it has no thread state any more, but one interpreter. So it
     * is where watching goes on. */
    PyInterpreterState *here = current_tstate() ? PyInterpreterState_Get() : PyInterpreterState_Main();
    struct gil *mine = gils_add(interpreter_gil(here), PyInterpreterState_GetID(here));
    if (mine && gil_is_enabled(mine->raw)) recorder_adopt(mine);
    else if (thread_register()) self.cell->start_ns = 1;
    if (!atomic_load(&recording.active)) { /* it has been given up at once */
        hooks_remove();
        return fail("there is no memory for it");
    }
    gils_watch(true);
    recording.inherits = false;
    atomic_store(&arena->state, RECORDER_RECORDING);
    recording_wake_collector();
    return NULL;
}

static const char is_recorded[] = "this process is being recorded already";

const char *session_begin(int arena_fd) {
    if (recording.active && recording.is_logged) return is_recorded;
    if (recording.active) session_unwatch();
    recording.is_logged = true;
    recording.session++;
    recording.inherits = false;
    recording.leave = NULL;
    const char *problem = map_arena(arena_fd);
    if (problem) return problem;
    problem = introduce(arena_fd);
    if (problem) return fail(problem);
    session_allow(arena_lock_holder(arena_fd, LOCK_COLLECTOR));
    return begin();
}

const char *session_join(const struct arena_offer *offer, int *arena_fd) {
    if (recording.active && recording.is_logged) return is_recorded;
    if (recording.active) session_unwatch();
    *arena_fd = arena_make();
    if (*arena_fd < 0) return "there is no memory for it";
    recording.is_logged = true;
    recording.session++;
    const char *problem = map_own_arena(*arena_fd);
    if (problem) return problem;
    recording.arena->offer = *offer;
    atomic_store(&recording.arena->state, RECORDER_STARTING);
    return begin();
}

/* --- without rows ------------------------------------------------------------------------- */

/* Nobody but this process has the memory. */
const char *session_watch(void) {
    static struct clock_pair earlier; /* the first ever: the longer ago, the better is the clock */
    static uint64_t earlier_unix_ns;
    if (recording.active) return NULL; /* what is recorded is watched by the way */
    int fd = arena_make();
    if (fd < 0) return "there is no memory for it";
    recording.is_logged = false;
    recording.session++;
    const char *problem = map_own_arena(fd);
    close(fd);
    if (problem) return problem;
    if (!earlier.ns) {
        earlier = clock_pair_now();
        earlier_unix_ns = unix_ns();
    }
    recording.arena->offer.earlier = earlier;
    recording.arena->offer.earlier_unix_ns = earlier_unix_ns;
    return begin();
}

void session_unwatch(void) {
    if (recording.is_logged || !atomic_exchange(&recording.active, 0)) return;
    gils_watch(false);
    watchtime_cut();
    hooks_remove();
    gilless_end();
    memory_release(false);
}

/* --- ending ------------------------------------------------------------------------------- */

static bool alone_at_end;

void session_end(enum stop_reason reason) {
    if (recording.active) gilswitch_look_last();
    recording_stop(reason);
    hooks_remove();
    gils_free_own_paths();
    gilless_end();
    alone_at_end = gils_are_one() && !gils_are_off();
}

/* --- closing -------------------------------------------------------------------------------- */

enum collector_state session_await_collector(uint32_t *beat) {
    struct arena_header *arena = recording.arena;
    if (!atomic_load(&arena->collector_done)) futex_wait(&arena->collector_done, 0, 100000000);
    *beat = atomic_load(&arena->beat);
    if (atomic_load(&arena->collector_done)) return COLLECTOR_DONE;
    bool died = atomic_load(&arena->collector_alive) & FUTEX_OWNER_DIED;
    return died ? COLLECTOR_GONE : COLLECTOR_WORKS;
}

void session_close(bool by_force) {
    spawn_finish(by_force, &recording.arena->collector_alive);
    memory_release(alone_at_end);
}

/* Runs when the process exits by itself, after the interpreter is gone. */
__attribute__((destructor)) static void at_exit(void) {
    if (recording.active) gilswitch_look_last();
    recording_stop(STOP_EXIT);
    if (newborn_is_this()) nursery_end();
}
