/* What the interpreter calls instead of the C library, where it takes and drops a GIL, makes a thread,
 * or becomes another program.
 *
 * How the GIL uses them (Python/ceval_gil.c):
 *   take_gil   lock(mutex), while held: timedwait(cond, mutex); signal(switch_cond)
 *   drop_gil   lock(mutex), signal(cond); if a drop was requested: wait(switch_cond)
 *   create_gil, destroy_gil   init and destroy cond, then switch_cond
 *
 * All other locks are semaphores, or a byte with a semaphore for each thread that waits
 * (Python/thread_pthread.h, Python/parking_lot.c).
 */
#include "hooks.h"

#include "gils.h"
#include "guards.h"
#include "imports.h"
#include "lockwaits.h"
#include "methods.h"
#include "nursery.h"
#include "programs.h"
#include "recorder.h"
#include "stop.h"
#include "threads.h"

#include <dlfcn.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool resumes(const pthread_mutex_t *mutex) {
    resuming resume = atomic_load_explicit(&recording.resume, memory_order_relaxed);
    return UNLIKELY(resume) && resume(mutex);
}

static int on_mutex_lock(pthread_mutex_t *mutex) {
    struct gil *gil = gil_of_mutex(mutex);
    if (!gil && newborn_lets_go(mutex)) {
        recording.join();
        gil = gil_of_mutex(mutex);
    }
    if (!gil && resumes(mutex)) gil = gil_of_mutex(mutex);
    if (!gil) return pthread_mutex_lock(mutex);
    if (recorder_holds(gil)) {
        recorder_release(gil);
        return pthread_mutex_lock(mutex);
    }
    recorder_join();
    /* Granted at once means: request and acquire are the same moment. That spares a clock reading. */
    if (LIKELY(pthread_mutex_trylock(mutex) == 0)) return 0;
    recorder_request(gil);
    return pthread_mutex_lock(mutex);
}

static int on_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until) {
    struct gil *gil = gil_of_cond(cond);
    if (gil) recorder_block(gil);
    return pthread_cond_timedwait(cond, mutex, until);
}

/* take_gil() passes the signal on where the GIL was turned off while it waited; drop_gil() by who has it. */
static int on_cond_signal(pthread_cond_t *cond) {
    struct gil *gil = gil_of_switch_cond(cond), *off = gil ? NULL : gil_off_of_cond(cond);
    if (gil) recorder_acquire(gil);
    else if (off) recorder_withdraw(off);
    else if (newborn_cannot_wait(cond)) recording.join();
    return pthread_cond_signal(cond);
}

static int on_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex) {
    struct gil *gil = gil_of_switch_cond(cond);
    if (!gil) return pthread_cond_wait(cond, mutex);
    uint64_t session = recording.session, start_ns = now_ns();
    int result = pthread_cond_wait(cond, mutex);
    if (session == recording.session && recording.active) recorder_handover(now_ns() - start_ns);
    return result;
}

/* create_gil() initialises `cond` and then `switch_cond` of the same GIL: nothing else does that. */
static int on_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attributes) {
    static __thread raw_gil *candidate __attribute__((tls_model("initial-exec")));
    raw_gil *by_switch_cond = (raw_gil *)((char *)cond - offsetof(raw_gil, switch_cond));
    if (candidate && by_switch_cond == candidate &&
        atomic_load_explicit(&recording.active, memory_order_relaxed)) {
        PyInterpreterState *interpreter = gil_interpreter(candidate);
        gils_add(candidate, interpreter ? (int64_t)interpreter->id : 0);
    }
    candidate = (raw_gil *)((char *)cond - offsetof(raw_gil, cond));
    return pthread_cond_init(cond, attributes);
}

static int on_cond_destroy(pthread_cond_t *cond) {
    struct gil *gil = gil_of_cond(cond);
    if (gil) {
        recorder_gil_destroyed(gil);
        if (gil == &primary_gil) gils_watch(false);
        else gils_forget_other(gil);
    }
    return pthread_cond_destroy(cond);
}

/* --- locks ---------------------------------------------------------------------------------- */

static bool is_active(void) { return atomic_load_explicit(&recording.active, memory_order_relaxed); }

/* A thread that needs no GIL is first seen when it waits for something else, or ends somebody's wait. */
static void join_without_gil(void) {
    if (!is_active()) resumes(NULL);
    if (is_active() && gils_are_off()) recorder_join();
}

static void note_owner(sem_t *semaphore, bool has_it) {
    if (!is_active()) return;
    owner_set(semaphore, has_it && self.session == recording.session ? self.number : 0);
}

/* Does it have the semaphore without being blocked? If not, its wait is recorded from here on. */
static bool is_had_at_once(sem_t *semaphore, bool is_timed, bool *is_recorded) {
    int error = errno;
    bool had = sem_trywait(semaphore) == 0;
    if (!had) join_without_gil();
    *is_recorded = !had && lockwaits_begin(semaphore, is_timed);
    if (*is_recorded && sem_trywait(semaphore) == 0) {
        lockwaits_forget();
        had = true;
    }
    errno = error;
    if (had) note_owner(semaphore, true);
    return had;
}

static int waited(sem_t *semaphore, bool is_recorded, int result) {
    if (result == 0) note_owner(semaphore, true);
    if (is_recorded) lockwaits_end(result == 0 ? 0 : errno);
    return result;
}

static int on_sem_trywait(sem_t *semaphore) {
    int result = sem_trywait(semaphore);
    if (result == 0) note_owner(semaphore, true);
    return result;
}

static int on_sem_wait(sem_t *semaphore) {
    bool is_recorded;
    if (is_had_at_once(semaphore, false, &is_recorded)) return 0;
    return waited(semaphore, is_recorded, sem_wait(semaphore));
}

static int on_sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    bool is_recorded;
    if (is_had_at_once(semaphore, true, &is_recorded)) return 0;
    return waited(semaphore, is_recorded, sem_timedwait(semaphore, until));
}

/* glibc has it since 2.30. It is looked up, so that one build serves older ones, too: an interpreter
 * that calls it runs where there is one. */
static int (*libc_sem_clockwait)(sem_t *, clockid_t, const struct timespec *);

static void find_sem_clockwait(void) {
    if (libc_sem_clockwait) return; /* a forked child inherits it */
    void *found = dlsym(RTLD_DEFAULT, "sem_clockwait");
    memcpy(&libc_sem_clockwait, &found, sizeof found);
}

static int on_sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until) {
    bool is_recorded;
    if (is_had_at_once(semaphore, true, &is_recorded)) return 0;
    return waited(semaphore, is_recorded, libc_sem_clockwait(semaphore, clock, until));
}

static int on_sem_post(sem_t *semaphore) {
    if (UNLIKELY(!is_active())) return sem_post(semaphore);
    note_owner(semaphore, false);
    uint64_t before_ns = 0;
    if (waiters_maybe(semaphore)) {
        join_without_gil();
        before_ns = lockwaits_before_post(semaphore);
    }
    int result = sem_post(semaphore);
#if !defined(__x86_64__) /* there, a post is a barrier */
    atomic_thread_fence(memory_order_seq_cst);
#endif
    if (waiters_maybe(semaphore)) lockwaits_after_post(semaphore, before_ns);
    return result;
}

/* --- threads and processes ------------------------------------------------------------------- */

/* A thread whose whole life is one hold never releases the GIL with its name in reach; so its name
 * is taken from its creator, which is in Thread.start(). */
static int on_thread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *),
                            void *argument) {
    if (newborn_is_this()) recording.join();
    bool on = atomic_load_explicit(&recording.active, memory_order_relaxed);
    struct birth *birth = on ? thread_birth(routine, argument) : NULL;
    if (!birth) return pthread_create(thread, attributes, routine, argument);
    int result = pthread_create(thread, attributes, thread_be_born, birth);
    if (result != 0) free(birth);
    return result;
}

static pid_t on_fork(void) {
    pid_t pid = fork();
    if (pid != 0) nursery_forked(pid);
    return pid;
}

/* --- in and out ----------------------------------------------------------------------------- */

/* Its parent alone is told by the kernel how it ends. */
static bool note_exit(int status) {
    if (newborn_is_this()) nursery_note_status(status);
    bool ours = atomic_load_explicit(&recording.active, memory_order_relaxed) && getpid() == recording.pid;
    if (ours) atomic_store(&recording.arena->exit_status, (uint32_t)(status & 0xff) + 1);
    return ours;
}

#ifdef __GLIBC__
/* Called with the status, whoever calls exit(): also the C library, when main() returns. */
static void on_orderly_exit(int status, void *unused) {
    (void)unused;
    note_exit(status);
}

/* A forked child inherits it. */
static void follow_exit(void) {
    static bool follows;
    if (!follows) follows = on_exit(on_orderly_exit, NULL) == 0;
}
#else
static void follow_exit(void) {} /* no other library says it: then the status is not known */
#endif

/* Without handlers, ours among them. */
static void on_quick_exit(int status) {
    if (note_exit(status)) recording_stop(STOP_EXIT);
    if (newborn_is_this()) nursery_end();
    _exit(status);
}

static const struct redirection redirections[] = {
    {"pthread_mutex_lock", on_mutex_lock},
    {"pthread_cond_timedwait", on_cond_timedwait},
    {"pthread_cond_signal", on_cond_signal},
    {"pthread_cond_wait", on_cond_wait},
    {"pthread_cond_init", on_cond_init},
    {"pthread_cond_destroy", on_cond_destroy},
    {"sem_trywait", on_sem_trywait},
    {"sem_wait", on_sem_wait},
    {"sem_timedwait", on_sem_timedwait},
    {"sem_clockwait", on_sem_clockwait},
    {"sem_post", on_sem_post},
    {"pthread_create", on_thread_create},
    {"fork", on_fork},
    {"execv", programs_execv},
    {"execve", programs_execve},
    {"fexecve", programs_fexecve},
    {"posix_spawn", programs_posix_spawn},
    {"dlopen", programs_dlopen},
    {"_exit", on_quick_exit},
};

const char *hooks_install(void) {
    follow_exit();
    find_sem_clockwait();
    if (!imports_reach(on_sem_post)) waiters_clear(); /* else a forked child has just done that */
    bool done = imports_redirect(redirections, sizeof redirections / sizeof *redirections);
    if (imports_met_another())
        return "this process is being recorded or watched already, by another gilscope";
    if (!done) return "the functions that this Python's GIL is made of could not be redirected";
    atomic_store(&recording.arena->locks_recorded, imports_reach(on_sem_post));
    if (recording.is_logged) methods_redirect(guards_entered);
    return NULL;
}

void hooks_remove(void) {
    methods_restore();
    imports_restore();
}
