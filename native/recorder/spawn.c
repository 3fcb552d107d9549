/* Start the collector of a recording that the program itself began, and see to it that it ends.
 *
 * The program must not notice: no child of its own to reap, no SIGCHLD, no descriptor inherited.
 * So the collector is the child of a guard: a clone of ours whose exit signal is none, which no
 * ordinary wait() finds. It borrows our memory and does nothing but wait for the collector. Once
 * the recording has begun it is ended, and the collector is nobody's child; but where orphans come
 * to this process (PID 1, a subreaper), the guard stays until the collector has gone. */
#include "spawn.h"

#include "shared/arena.h"
#include "shared/rawcall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_BYTES (64u << 10)
#define ARENA_AT 3 /* where the collector finds its descriptors */
#define OUT_AT 4

static struct helper {
    const char *executable;
    int arena_fd, out_fd;
    bool has_stderr;
    unsigned descriptors; /* none at or above this number */
    char *stacks; /* of the guard and, until it is executed, of the collector */
    pid_t guard;
    _Atomic pid_t collector; /* set when it was executed, or could not be */
    _Atomic int error;
    _Atomic bool ended;
} helper;

static int close_range_of(unsigned from, unsigned to) {
    if (from > to || syscall(SYS_close_range, from, to, 0u) == 0) return 0;
    if (errno != ENOSYS && errno != EPERM) return -1; /* before Linux 5.9, or under seccomp */
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    for (unsigned fd = from; fd < limit.rlim_cur && fd <= to; fd++) close((int)fd);
    return 0;
}

/* Close all but standard error and two others. The table is a copy of the program's: what is closed
 * here stays open there, and this makes room that the program itself may not have. */
static int close_all_but(int one, int other) {
    unsigned low = (unsigned)(one < other ? one : other), high = (unsigned)(one < other ? other : one);
    if (close_range_of(0, STDERR_FILENO - 1) != 0) return -1;
    if (close_range_of(STDERR_FILENO + 1, low - 1) != 0) return -1;
    if (close_range_of(low + 1, high - 1) != 0) return -1;
    return close_range_of(high + 1, ~0u);
}

static int arrange_descriptors(void) {
    if (helper.arena_fd <= STDERR_FILENO || helper.out_fd <= STDERR_FILENO) return errno = EBADF, -1;
    if (close_all_but(helper.arena_fd, helper.out_fd) != 0) return -1;
    int arena = fcntl(helper.arena_fd, F_DUPFD, OUT_AT + 1);
    int out = arena < 0 ? -1 : fcntl(helper.out_fd, F_DUPFD, OUT_AT + 1);
    if (out < 0 || dup2(arena, ARENA_AT) < 0 || dup2(out, OUT_AT) < 0) {
        if (errno == EINVAL || errno == EBADF) errno = EMFILE; /* beyond RLIMIT_NOFILE */
        return -1;
    }
    if (close_all_but(ARENA_AT, OUT_AT) != 0) return -1;
    if (open("/dev/null", O_RDWR) != STDIN_FILENO || dup2(STDIN_FILENO, STDOUT_FILENO) < 0) return -1;
    bool is_open = fcntl(STDERR_FILENO, F_GETFD) >= 0;
    return (helper.has_stderr && is_open) || dup2(STDIN_FILENO, STDERR_FILENO) >= 0 ? 0 : -1;
}

static int become_collector(void *unused) {
    (void)unused;
    char *argv[] = {(char *)helper.executable, "3", "4", NULL};
    char *environment[] = {NULL};
    if (setsid() >= 0 && arrange_descriptors() == 0) execve(helper.executable, argv, environment);
    helper.error = errno;
    _exit(127);
}

/* What the program closes is to be closed: another may be waiting for the end of a pipe. */
UNCHECKED static void close_all_unnoticed(unsigned limit) {
    if (raw_call(SYS_close_range, 0, ~0u, 0, 0) == 0) return;
    for (unsigned fd = 0; fd < limit; fd++) raw_call(SYS_close, fd, 0, 0, 0);
}

UNCHECKED static int guard(void *unused) {
    (void)unused;
    pid_t pid = clone(become_collector, helper.stacks + STACK_BYTES, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
    if (pid < 0) helper.error = errno;
    helper.collector = pid;
    close_all_unnoticed(helper.descriptors);
    while (pid > 0 && raw_call(SYS_wait4, pid, 0, 0, 0) == -EINTR) continue;
    helper.ended = true;
    return 0;
}

/* After unshare(CLONE_NEWPID) the guard would be the first process of a new namespace, and take
 * all of that with it when it ends. */
static bool children_live_elsewhere(void) {
    char own[64] = "", theirs[64] = "";
    if (readlink("/proc/self/ns/pid", own, sizeof own - 1) < 0) return false;
    ssize_t bytes = readlink("/proc/self/ns/pid_for_children", theirs, sizeof theirs - 1);
    return bytes < 0 || strcmp(own, theirs) != 0;
}

static bool orphans_come_here(void) {
    int subreaper = 0;
    return getpid() == 1 || prctl(PR_GET_CHILD_SUBREAPER, &subreaper) != 0 || subreaper;
}

const char *spawn_collector(const char *executable, int arena_fd, int out_fd, bool has_stderr) {
    if (children_live_elsewhere()) return "its children would be in another PID namespace";
    char *stacks = mmap(NULL, 2 * STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stacks == MAP_FAILED) return "there is no memory for it";
    struct rlimit limit = {.rlim_cur = 1024};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = 1024; /* the usual one */
    helper = (struct helper){.executable = executable,
                             .arena_fd = arena_fd,
                             .out_fd = out_fd,
                             .has_stderr = has_stderr,
                             .descriptors = (unsigned)limit.rlim_cur,
                             .stacks = stacks};
    /* No handler of the program may run in a process that shares its memory. The collector starts
     * with all signals blocked, too, and stays so. */
    sigset_t all, before;
    sigfillset(&all);
    int error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!error) {
        pid_t pid = clone(guard, stacks + 2 * STACK_BYTES, CLONE_VM, NULL);
        error = pid < 0 ? errno : 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        helper.guard = error ? 0 : pid;
        if (!error) return NULL;
    }
    munmap(stacks, 2 * STACK_BYTES);
    return strerror(error);
}

const char *spawn_progress(bool *ready) {
    int32_t pid = 0;
    *ready = false;
    if (helper.error) return strerror(helper.error);
    if (helper.ended) return "it ended at once";
    if (pread(helper.arena_fd, &pid, sizeof pid, offsetof(struct arena_header, collector_pid)) < 0)
        return strerror(errno);
    *ready = pid != 0 && helper.collector > 0;
    if (!*ready) pause_ns(1000000);
    return NULL;
}

/* Take note of the guard's end; false if it does not come within a second. The collector's pid is
 * its own as long as the guard has not taken note of its end. */
static bool reap_guard(bool kill_collector) {
    for (int i = 0; i < 1000; i++) {
        if (kill_collector && helper.collector > 0 && !helper.ended) kill(helper.collector, SIGKILL);
        pid_t reaped = waitpid(helper.guard, NULL, __WCLONE | WNOHANG);
        if (reaped == helper.guard || (reaped < 0 && errno == ECHILD)) {
            /* A collector that hangs in execve() still stands on this memory. */
            if (helper.collector) munmap(helper.stacks, 2 * STACK_BYTES);
            helper.guard = 0;
            return true;
        }
        pause_ns(1000000);
    }
    return false;
}

static void dismiss_guard(void) {
    if (kill(helper.guard, SIGKILL) == 0) reap_guard(false);
}

void spawn_has_begun(void) {
    if (helper.guard && !orphans_come_here()) dismiss_guard();
}

/* `alive`: its word in the arena, to be certain that the pid is still the collector's. */
static void kill_orphan(const _Atomic uint32_t *alive) {
    int pidfd = (int)syscall(SYS_pidfd_open, helper.collector, 0);
    uint32_t word = atomic_load(alive);
    if (word && !(word & FUTEX_OWNER_DIED)) {
        if (pidfd < 0) kill(helper.collector, SIGKILL);
        else syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
    }
    if (pidfd >= 0) close(pidfd);
}

void spawn_finish(bool by_force, const _Atomic uint32_t *alive) {
    if (!helper.guard) {
        if (by_force && alive && helper.collector > 0) kill_orphan(alive);
    } else if ((by_force || !reap_guard(false)) && !reap_guard(true)) {
        dismiss_guard();
    }
    helper.collector = 0;
}

void spawn_after_fork(void) {
    if (helper.guard) munmap(helper.stacks, 2 * STACK_BYTES);
    helper.guard = helper.collector = 0;
}
