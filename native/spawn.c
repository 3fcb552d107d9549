/* Start the collector of a recording that the program itself began.
 *
 * The program must not notice: no child of its own to reap, no SIGCHLD, no descriptor inherited.
 * So a first clone, whose exit signal is none, clones once more and ends; the second, by then
 * nobody's child, becomes the collector. Both borrow our memory and suspend us, as vfork does. */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_BYTES (64u << 10)
#define ARENA_AT 3 /* where the collector finds its descriptors */
#define OUT_AT 4

struct request {
    const char *executable;
    int arena_fd, out_fd;
    bool has_stderr;
    char *stack;
    int error;
};

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

static int arrange_descriptors(const struct request *request) {
    if (request->arena_fd <= STDERR_FILENO || request->out_fd <= STDERR_FILENO) return errno = EBADF, -1;
    if (close_all_but(request->arena_fd, request->out_fd) != 0) return -1;
    int arena = fcntl(request->arena_fd, F_DUPFD, OUT_AT + 1);
    int out = arena < 0 ? -1 : fcntl(request->out_fd, F_DUPFD, OUT_AT + 1);
    if (out < 0 || dup2(arena, ARENA_AT) < 0 || dup2(out, OUT_AT) < 0) {
        if (errno == EINVAL || errno == EBADF) errno = EMFILE; /* beyond RLIMIT_NOFILE */
        return -1;
    }
    if (close_all_but(ARENA_AT, OUT_AT) != 0) return -1;
    if (open("/dev/null", O_RDWR) != STDIN_FILENO || dup2(STDIN_FILENO, STDOUT_FILENO) < 0) return -1;
    bool is_open = fcntl(STDERR_FILENO, F_GETFD) >= 0;
    return (request->has_stderr && is_open) || dup2(STDIN_FILENO, STDERR_FILENO) >= 0 ? 0 : -1;
}

static int become_collector(void *argument) {
    struct request *request = argument;
    char *argv[] = {(char *)request->executable, "3", "4", NULL};
    char *environment[] = {NULL};
    if (setsid() >= 0 && arrange_descriptors(request) == 0)
        execve(request->executable, argv, environment);
    request->error = errno;
    _exit(127);
}

static int detach(void *argument) {
    struct request *request = argument;
    char *stack = request->stack + STACK_BYTES;
    if (clone(become_collector, stack, CLONE_VM | CLONE_VFORK, request) < 0) request->error = errno;
    _exit(0);
}

int spawn_collector(const char *executable, int arena_fd, int out_fd, bool has_stderr) {
    char *stacks = mmap(NULL, 2 * STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stacks == MAP_FAILED) return errno;
    struct request request = {executable, arena_fd, out_fd, has_stderr, stacks, 0};
    /* No handler of the program may run in a process that shares its memory. The collector starts
     * with all signals blocked, too, and stays so. */
    sigset_t all, before;
    sigfillset(&all);
    int error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!error) {
        int pid = clone(detach, stacks + 2 * STACK_BYTES, CLONE_VM | CLONE_VFORK, &request);
        error = pid < 0 ? errno : 0;
        if (pid > 0)
            while (waitpid(pid, NULL, __WCLONE) < 0 && errno == EINTR) continue;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    munmap(stacks, 2 * STACK_BYTES);
    return error ? error : request.error;
}
