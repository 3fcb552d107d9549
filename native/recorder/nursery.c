/* The nursery of this process (shared/nursery.h), and its own place in that of its parent.
 *
 * What a child does here is all that recording costs one that ends at once. Each page that it touches costs
 * more than some system calls: so these are made directly, and there are none but a page of the nursery,
 * one of `recording`, and one of this code. */
#include "nursery.h"

#include "describe.h"
#include "gils.h"
#include "shared/nursery.h"
#include "shared/rawcall.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST_LOOKED_AT 64u /* for a free place */

static struct nursery *nursery;  /* where this process's children have their places */
static pid_t owner;              /* whose that is */
static uint64_t canary;

/* By the thread that forks, which is the one that goes on in the child. */
static __thread struct {
    bool by_python;
    const void *frame, *instruction;
    struct place *place;
} kept __attribute__((tls_model("initial-exec")));

/* --- in a process that may fork ------------------------------------------------------------- */

static void describe(struct nursery *fresh) {
    const struct arena_header *arena = recording.arena;
    canary = monotonic_ns() << 16 ^ (uint64_t)recording.pid;
    fresh->owner_pid = (int32_t)recording.pid;
    fresh->locks_recorded = atomic_load(&arena->locks_recorded);
    fresh->canary = canary;
    fresh->canary_address = (uint64_t)(uintptr_t)&canary;
    fresh->offer = arena->offer;
    describe_frames(&fresh->layout);
    describe_for_children(fresh->meta, sizeof fresh->meta);
    fresh->magic = NURSERY_MAGIC;
}

int nursery_make(void) {
    if (!recording.active || !recording.is_logged || (nursery && owner == recording.pid)) return -1;
    int fd = memfd_create("gilscope", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -1;
    bool is_whole = ftruncate(fd, (off_t)NURSERY_BYTES) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0;
    void *memory = is_whole ? mmap(NULL, NURSERY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                            : MAP_FAILED;
    if (memory == MAP_FAILED) return close(fd), -1;
    if (nursery) munmap(nursery, NURSERY_BYTES);
    nursery = memory;
    owner = recording.pid;
    describe(nursery);
    return fd;
}

void nursery_forget(void) {
    if (!nursery || owner != recording.pid) return;
    owner = 0;
    mmap(nursery, NURSERY_BYTES, PROT_READ | PROT_WRITE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

static struct place *find_place(void) {
    uint32_t start = atomic_load(&nursery->next_free);
    for (uint32_t i = 0; i < MOST_LOOKED_AT; i++) {
        uint32_t at = (start + i) % NURSERY_PLACES, expected = PLACE_FREE;
        struct place *place = &nursery->places[at];
        if (!atomic_compare_exchange_strong(&place->state, &expected, PLACE_KEPT)) continue;
        atomic_store(&nursery->next_free, at + 1);
        if (atomic_load(&nursery->used) <= at) atomic_store(&nursery->used, at + 1);
        return place;
    }
    return NULL;
}

/* The child of a process that is recorded, or has a place itself. */
bool nursery_keep_place(void) {
    kept.place = NULL;
    kept.by_python = (recording.active && recording.is_logged) || newborn_is_this();
    if (kept.by_python && FORKED_CHILD_LETS_GO) {
        const raw_frame *frame = innermost_frame(current_tstate());
        kept.frame = frame;
        kept.instruction = frame ? frame_instruction((raw_frame *)frame) : NULL;
    }
    if (!kept.by_python || !nursery || !atomic_load(&nursery->is_open)) return false;
    struct place *place = find_place();
    if (!place) return false;
    if (recording.active)
        atomic_store(&nursery->switch_interval_ns, atomic_load(&recording.arena->switch_interval_ns));
    place->parent_pid = (int32_t)recording.pid;
    place->kept_unix_ns = unix_ns();
    place->kept_ns = monotonic_ns();
    kept.place = place;
    return atomic_fetch_add(&nursery->in_use, 1) == NURSERY_PLACES / 2;
}

void nursery_after_fork_in_parent(void) { kept.by_python = false; }

void nursery_forked(pid_t pid) {
    struct place *place = kept.place;
    kept.place = NULL;
    if (!place) return;
    if (pid < 0) atomic_store(&place->state, PLACE_VOID);
    atomic_store(&place->pid, (int32_t)pid);
}

/* --- in a child -------------------------------------------------------------------------------- */

static uint64_t kernel_ns(clockid_t clock) {
    struct timespec t = {0};
    raw_call(SYS_clock_gettime, clock, (long)&t, 0, 0);
    return timespec_ns(t);
}

static void be_one(struct place *place) {
    struct newborn *newborn = &recording.newborn;
    newborn->is_one = true;
    newborn->place = place;
    newborn->frame = kept.frame;
    newborn->instruction = kept.instruction;
    newborn->begin_ns = kernel_ns(CLOCK_MONOTONIC);
    newborn->begin_cpu_ns = kernel_ns(CLOCK_THREAD_CPUTIME_ID);
    atomic_store(&newborn->mutex, primary_gil.mutex);
    atomic_store(&newborn->switch_cond, place ? NULL : primary_gil.switch_cond);
    recording.pid = (pid_t)raw_call(SYS_getpid, 0, 0, 0, 0);
    if (!place) return;
    place->own_pid = (int32_t)recording.pid;
    place->begin_ns = newborn->begin_ns;
    place->cpu_ns = newborn->begin_cpu_ns;
    atomic_store(&place->state, PLACE_BEGUN);
}

bool nursery_after_fork(void) {
    bool is_newborn = kept.by_python;
    struct place *place = kept.place;
    kept.place = NULL;
    kept.by_python = false;
    if (is_newborn) be_one(place);
    else if (recording.newborn.is_one) nursery_grow_up();
    return is_newborn;
}

/* It is the frame that called fork(), and no other has run since. */
bool nursery_is_forking(void) {
    const void *expected = recording.newborn.frame;
    PyThreadState *tstate = expected ? gil_last_holder(primary_gil.raw) : NULL;
    raw_frame *frame = tstate ? innermost_frame(tstate) : NULL;
    recording.newborn.frame = NULL;
    return frame && frame == expected && frame_instruction(frame) == recording.newborn.instruction;
}

struct place *nursery_grow_up(void) {
    struct place *place = recording.newborn.place;
    recording.newborn.is_one = false;
    recording.newborn.place = NULL;
    atomic_store(&recording.newborn.mutex, NULL);
    atomic_store(&recording.newborn.switch_cond, NULL);
    return place;
}

void nursery_let_go(struct place *place, bool has_joined) {
    if (place) atomic_store(&place->state, has_joined ? PLACE_JOINED : PLACE_VOID);
}

void nursery_note_status(int status) {
    struct place *place = recording.newborn.place;
    if (place) place->exit_status = (uint32_t)(status & 0xff) + 1;
}

void nursery_end(void) {
    struct place *place = nursery_grow_up();
    if (!place) return;
    uint64_t cpu_ns = kernel_ns(CLOCK_THREAD_CPUTIME_ID);
    place->cpu_ns = cpu_ns > place->cpu_ns ? cpu_ns - place->cpu_ns : 0;
    place->end_ns = kernel_ns(CLOCK_MONOTONIC);
    atomic_store(&place->state, PLACE_ENDED);
}
