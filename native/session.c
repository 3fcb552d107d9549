/* The life of a recording: map the arena, install the hooks, undo both; fork, exit, giving up. */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct recording recording;

/* The arena keeps its address for the life of the process. A thread that was inside a hook when a
 * recording ended may still write a record: it goes into memory that belongs to nobody. */
static char *reserved;
static bool prepared;
static const uint64_t canary = 0x6d6f632e70636769u;

static long futex(_Atomic uint32_t *word, int operation, uint32_t value,
                  const struct timespec *timeout) {
    return syscall(SYS_futex, word, operation, value, timeout, NULL, 0);
}

void session_wake_collector(void) {
    struct arena_header *arena = recording.arena;
    if (!atomic_load_explicit(&arena->asleep, memory_order_relaxed)) return;
    atomic_fetch_add(&arena->wake, 1);
    futex(&arena->wake, FUTEX_WAKE, 1, NULL);
}

/* Descriptors 0 to 2 may be closed, and are to stay so. */
#define LOWEST_DESCRIPTOR 10

/* --- the arena ---------------------------------------------------------------------------- */

int session_create_arena(double sample_hz, uint64_t max_size_bytes) {
    int low = memfd_create("gilscope", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (low < 0) return -1;
    int fd = fcntl(low, F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR);
    int lifted_errno = errno;
    close(low);
    errno = lifted_errno;
    if (fd < 0) {
        if (errno == EINVAL) errno = EMFILE; /* RLIMIT_NOFILE is below the lowest */
        return -1;
    }
    struct arena_header header = {
        .magic = ARENA_MAGIC,
        .version = ARENA_VERSION,
        .header_bytes = sizeof header,
        .arena_bytes = arena_size(),
        .earlier = clock_pair_now(),
        .sample_hz = sample_hz,
        .max_size_bytes = max_size_bytes,
    };
    header.cells_offset = ARENA_ROUND(sizeof header);
    header.gils_offset =
        header.cells_offset + ARENA_ROUND(THREAD_CELLS * sizeof(struct thread_cell));
    header.table_offset = header.gils_offset + ARENA_ROUND(GIL_CELLS * sizeof(struct gil_cell));
    header.segments_offset =
        header.table_offset + ARENA_ROUND(SEGMENTS * sizeof(struct segment_info));
    if (ftruncate(fd, (off_t)header.arena_bytes) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0 &&
        pwrite(fd, &header, sizeof header, 0) == (ssize_t)sizeof header)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static bool reserve(void) {
    if (reserved) return true;
    void *at = mmap(NULL, arena_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) return false;
    reserved = at;
    return true;
}

/* Give the address range back to nobody; stray writes must not fault. */
static void unmap_arena(void) {
    mmap(reserved, arena_size(), PROT_READ | PROT_WRITE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

static const char *map_arena(int fd) {
    struct stat status;
    if (fstat(fd, &status) != 0 || status.st_size != (off_t)arena_size())
        return "it was launched by another version of gilscope; install the same in both places";
    if (!reserve()) return "there is no room in the address space for its buffers";
    void *at = mmap(reserved, arena_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
    if (at == MAP_FAILED) return "its shared memory could not be mapped";
    struct arena_header *arena = at;
    if (arena->magic != ARENA_MAGIC || arena->version != ARENA_VERSION ||
        arena->arena_bytes != arena_size()) {
        unmap_arena();
        return "it was launched by another version of gilscope; install the same in both places";
    }
    uint32_t absent = RECORDER_ABSENT;
    if (!atomic_compare_exchange_strong(&arena->state, &absent, RECORDER_STARTING)) {
        unmap_arena();
        return ""; /* another process of the same launch is being recorded */
    }
    recording.arena = arena;
    return NULL;
}

/* --- beginning ---------------------------------------------------------------------------- */

static void start_clocks(struct arena_header *arena) {
    struct timespec wall;
    clock_start(&arena->clock, arena->earlier);
    clock_gettime(CLOCK_REALTIME, &wall);
    arena->start_unix_ns = (uint64_t)wall.tv_sec * 1000000000u + (uint64_t)wall.tv_nsec;
    arena->start_monotonic_ns = arena->clock.start_ns;
}

static const char *check_version(void) {
    if (Py_Version == PY_VERSION_HEX) return NULL;
    static char text[200];
    snprintf(text, sizeof text,
             "gilscope was built for Python %s, and this is %lu.%lu.%lu; install it again here: "
             "pip install --force-reinstall --no-cache-dir gilscope",
             PY_VERSION, Py_Version >> 24, (Py_Version >> 16) & 255, (Py_Version >> 8) & 255);
    return text;
}

static void after_fork_in_child(void) {
    gils_after_fork();
    spawn_after_fork();
    if (!atomic_exchange(&recording.active, 0)) return;
    gils_watch(false);
    hooks_remove();
    unmap_arena();
    self = (struct thread){0};
    recording.session++;
}

static bool prepare(void) {
    if (!prepared) prepared = threads_init() && pthread_atfork(NULL, NULL, after_fork_in_child) == 0;
    return prepared;
}

static void watch_all_gils(void) {
    gils_forget_others();
    for (PyInterpreterState *i = PyInterpreterState_Head(); i; i = PyInterpreterState_Next(i)) {
        raw_gil *raw = interpreter_gil(i);
        bool shared = i != PyInterpreterState_Main() &&
                      raw == interpreter_gil(PyInterpreterState_Main());
        if (raw && !shared) gils_add(raw, PyInterpreterState_GetID(i));
    }
}

static void publish(struct arena_header *arena, struct gil *gil) {
    arena->pid = (int32_t)getpid();
    arena->canary = canary;
    arena->canary_address = (uint64_t)(uintptr_t)&canary;
    atomic_store(&arena->switch_interval_ns, gil_switch_interval_ns(gil->raw));
    describe_frames(&arena->layout);
    describe_program(arena->meta, sizeof arena->meta);
    /* The collector reads our stacks; where the Yama module restricts that, this allows it. */
    prctl(PR_SET_PTRACER, (unsigned long)arena->collector_pid, 0, 0, 0);
}

static const char *fail(const char *why) {
    struct arena_header *arena = recording.arena;
    snprintf(arena->message, sizeof arena->message, "%s", why);
    atomic_store(&arena->state, RECORDER_FAILED);
    unmap_arena();
    return why;
}

const char *session_begin(int arena_fd) {
    if (recording.active) return "this process is being recorded already";
    const char *problem = map_arena(arena_fd);
    if (problem) return problem;
    if ((problem = check_version())) return fail(problem);
    if (!prepare()) return fail("no thread-specific key is left");
    struct arena_header *arena = recording.arena;
    start_clocks(arena);
    recording.session++;
    watch_all_gils();
    struct gil *gil = gils_add(interpreter_gil(PyInterpreterState_Main()), 0);
    publish(arena, gil);
    if (hooks_install() == 0)
        return fail("the functions that this Python's GIL is made of could not be redirected");
    atomic_store(&recording.active, 1);
    PyInterpreterState *here = PyInterpreterState_Get();
    struct gil *mine = gils_add(interpreter_gil(here), PyInterpreterState_GetID(here));
    if (mine && gil_is_enabled(mine->raw)) recorder_adopt(mine);
    if (!atomic_load(&recording.active)) { /* it has been given up at once */
        hooks_remove();
        return fail("there is no memory for it");
    }
    gils_watch(true);
    atomic_store(&arena->state, RECORDER_RECORDING);
    session_wake_collector();
    return NULL;
}

/* --- ending ------------------------------------------------------------------------------- */

/* Tell the collector that nothing more will come. The hooks stay in place and let all through. */
static bool conclude(enum stop_reason reason) {
    if (!atomic_exchange(&recording.active, 0)) return false;
    struct arena_header *arena = recording.arena;
    gils_watch(false);
    arena->end_ns = now_ns();
    threads_finish(arena->end_ns);
    atomic_store(&arena->stop_reason, reason);
    atomic_store(&arena->state, RECORDER_STOPPED);
    session_wake_collector();
    return true;
}

void session_give_up(enum stop_reason reason) { conclude(reason); }

void session_end(enum stop_reason reason) {
    conclude(reason);
    hooks_remove();
    gils_free_own_paths();
}

enum collector_state session_await_collector(uint32_t *beat) {
    struct arena_header *arena = recording.arena;
    if (!atomic_load(&arena->collector_done)) {
        struct timespec tenth = {.tv_nsec = 100000000};
        futex(&arena->collector_done, FUTEX_WAIT, 0, &tenth);
    }
    *beat = atomic_load(&arena->beat);
    if (atomic_load(&arena->collector_done)) return COLLECTOR_DONE;
    bool died = atomic_load(&arena->collector_alive) & FUTEX_OWNER_DIED;
    return died ? COLLECTOR_GONE : COLLECTOR_WORKS;
}

void session_close(bool by_force) {
    spawn_finish(by_force, &recording.arena->collector_alive);
    unmap_arena();
}

/* Runs when the process exits by itself, after the interpreter is gone. */
__attribute__((destructor)) static void at_exit(void) { conclude(STOP_EXIT); }
