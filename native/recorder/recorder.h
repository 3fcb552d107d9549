/* What the parts of the recorder share: one GIL, one thread, and the recording they belong to. */
#ifndef GILSCOPE_RECORDER_H
#define GILSCOPE_RECORDER_H

#include "shared/interpreter.h" /* Python.h goes before the C library's headers */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "shared/arena.h"
#include "shared/format.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* An off-GIL stretch that is worth a CPU clock reading (about 550 ns) at each end: at this length
 * the two readings cost about 0.1 %. */
#define LONG_OFF_GIL_NS 1000000u

/* How often a GIL's holder looks whether the collector still drains what is recorded. */
#define LOOK_EVERY_NS 150000000u

struct log {
    char *next, *end, *begin;
    struct segment_info *info;
    uint64_t sequence;
};

struct thread;
struct intern;

/* One GIL, from create_gil() to destroy_gil(). Every field but the addresses is written by the
 * thread that holds it, and only by that. */
struct gil {
    pthread_mutex_t *mutex;
    pthread_cond_t *cond, *switch_cond;
    raw_gil *raw;
    int64_t interpreter_id;
    uint64_t session; /* the recording that the fields below belong to */
    struct thread *holder; /* by the two functions below: others look whether it is them */
    uint64_t request_ns, acquire_ns;
    uint64_t released_ns; /* end of the last hold: the next one cannot begin earlier */
    uint64_t hold_count;
    uint64_t look_ns; /* when to look next whether somebody drains the memory */
    PyThreadState *tstate; /* of the holder, when it took the GIL */
    struct gil_cell *cell;
    uint32_t cell_index;
    struct log logs[LOG_KINDS];
    struct intern *intern;
    struct gil *next_free;
};

/* The calling thread. `session` is 0 until it is registered in the current recording. */
struct thread {
    uint64_t session;
    unsigned long identity; /* as PyThreadState has it */
    struct thread_cell *cell;
    uint32_t cell_index;
    uint32_t name_checks;
    uint64_t name_checked_ns;
    uint64_t request_ns;  /* asking since; 0 if the request was granted at once */
    uint64_t released_ns; /* when it last gave up a GIL; 0 if it never did */
    uint64_t released_cpu_ns; /* its CPU clock then; 0 if that was not read */
    uint64_t handover_ns;     /* parked after that release */
    bool forced;              /* that release was not voluntary */
    bool blocked;             /* counted among the waiters of `blocked_on` */
    bool stretch_was_long;    /* its last off-GIL stretch: the best guess for the next */
    struct gil *blocked_on;
    struct gil *last_held; /* and maybe still */
};

/* What a thread is born with: made by its creator, read when it first asks for the GIL. */
struct birth {
    void *(*routine)(void *);
    void *argument;
    uint32_t name_bytes;
    char name[NAME_BYTES];
};

extern __thread struct thread self __attribute__((tls_model("initial-exec")));

static inline struct thread *holder_of(struct gil *gil) {
    return __atomic_load_n(&gil->holder, __ATOMIC_RELAXED);
}
static inline void set_holder(struct gil *gil, struct thread *thread) {
    __atomic_store_n(&gil->holder, thread, __ATOMIC_RELAXED);
}

/* The recording in progress. `session` counts up; `active` is 0 between recordings. */
struct recording {
    _Atomic uint32_t active;
    uint64_t session;
    pid_t pid; /* of the process that is recorded: what shares its memory for a while is not it */
    struct arena_header *arena;
    _Atomic uint32_t threads, gils, cells_used; /* our own count: others can write the arena's */
};
extern struct recording recording;

/* Since the recording began; never 0, which means "not yet". */
static inline uint64_t now_ns(void) { return clock_now_ns(&recording.arena->clock); }

static inline uint64_t thread_cpu_ns(void) {
    struct timespec t;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0) return 0; /* unknown */
    return timespec_ns(t);
}

/* recorder.c: what the hooks call, in the order of a thread's life with the GIL. */
void recorder_request(void);                /* gil->mutex, needed to take it, is not free */
void recorder_block(struct gil *gil);       /* about to wait on gil->cond */
void recorder_acquire(struct gil *gil);     /* has it */
void recorder_release(struct gil *gil);     /* before gil->mutex is locked to drop it */
void recorder_handover(uint64_t parked_ns); /* was parked after a release */
void recorder_gil_destroyed(struct gil *gil);
bool recorder_holds(struct gil *gil); /* does the calling thread hold it? */
PyThreadState *recorder_tstate(struct gil *gil); /* of the holder; NULL if unsafe */
void recorder_adopt(struct gil *gil); /* the calling thread holds it as the recording begins */

/* memory.c: the arena, mapped as far as it is in use. */
bool memory_map(int arena_fd);
struct thread_cell *memory_cell(uint32_t index); /* NULL: no address space */
char *memory_segment(uint32_t index);
void memory_release_segments(bool alone); /* `alone`: no other thread can be writing there */
void memory_release(bool alone);
void memory_after_fork(void);

/* logs.c: append to the arena. */
void *log_reserve(struct gil *gil, enum log_kind kind, uint32_t bytes);
void log_commit(struct gil *gil, enum log_kind kind, uint32_t bytes);
bool log_define(struct gil *gil, uint32_t kind, const void *entry, uint32_t bytes);
void logs_seal(struct gil *gil);

/* stacks.c: where a thread is. */
uint32_t stacks_site(struct gil *gil, PyThreadState *tstate, bool whole_path, bool forced);
uint32_t stacks_path(struct gil *gil, PyThreadState *tstate);
bool intern_reset(struct gil *gil);
void intern_free(struct gil *gil); /* with that GIL held, or nobody left who could have it */

/* release_kind.c: the second look at a release with a drop request pending. */
bool release_was_forced(void);

/* threads.c: cells and names. */
bool thread_register(void);
void thread_refresh_name(PyThreadState *tstate, uint64_t time_ns);
void threads_finish(uint64_t end_ns);
bool threads_init(void);
void *thread_be_born(void *birth); /* a start routine */
struct birth *thread_birth(void *(*routine)(void *), void *argument); /* NULL: no memory */

/* text.c: str objects as UTF-8 without the C API. */
uint32_t utf8_from_str(PyObject *str, char *out, uint32_t room);

/* hooks.c: in and out of the interpreter's import table. */
int hooks_install(void); /* number of slots redirected; 0 if that failed */
void hooks_remove(void);
struct gil *gils_add(raw_gil *raw, int64_t interpreter_id);
void gils_watch(bool on); /* look out for the main interpreter's GIL */
void gils_forget_others(void);
bool gils_are_one(void); /* there is none but the main interpreter's */
void gils_free_own_paths(void); /* by the thread that ends the recording */
void gils_after_fork(void);

/* Before gil->mutex is locked to take the GIL: a thread's first event of a recording. */
static inline void recorder_join(void) {
    if (UNLIKELY(self.session != recording.session)) thread_register();
}

/* session.c: the life of a recording. */
int session_create_arena(double sample_hz, uint64_t max_size_bytes); /* a file descriptor */
const char *session_begin(int arena_fd);  /* NULL, or why it did not begin */
void session_end(enum stop_reason reason); /* with the GIL held */
enum collector_state { COLLECTOR_WORKS, COLLECTOR_DONE, COLLECTOR_GONE };
enum collector_state session_await_collector(uint32_t *beat); /* for a tenth of a second, at most */
void session_close(bool by_force); /* after its end: no collector, no shared memory any more */
void session_give_up(enum stop_reason reason);
void session_launched(void); /* it is a program of `gilscope run` */
void session_look_after(uint64_t time_ns); /* gives up if nobody drains the memory */
void session_wake_collector(void);

/* claim.c: how the start hook knows the arena. */
#define VARIABLE_BYTES 64
bool claim_write(int fd, char text[VARIABLE_BYTES]);
int claim_read(const char *text); /* the arena's descriptor; -1 unless it is certain to be one */

/* describe.c: what the trace says about the program and the interpreter. */
void describe_frames(struct frame_layout *layout);
void describe_program(char *json, size_t room);

/* spawn.c: the collector of a recording that the program began itself. Problems are in words. */
const char *spawn_collector(const char *executable, int arena_fd, int out_fd, bool has_stderr);
const char *spawn_progress(bool *ready); /* to be called until it is ready */
void spawn_has_begun(void);
void spawn_finish(bool by_force, const _Atomic uint32_t *alive);
void spawn_after_fork(void); /* in the child */

#endif
