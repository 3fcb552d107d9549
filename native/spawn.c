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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_BYTES (64u << 10)

struct request {
    const char *executable;
    int arena_fd, out_fd;
    char *stack;
    int error;
};

static int become_collector(void *argument) {
    struct request *request = argument;
    setsid();
    int arena = fcntl(request->arena_fd, F_DUPFD, 10), out = fcntl(request->out_fd, F_DUPFD, 10);
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0), dup2(nothing, 1);
    dup2(arena, 3), dup2(out, 4);
    syscall(SYS_close_range, 5u, ~0u, 0u);
    char *argv[] = {(char *)request->executable, "3", "4", NULL};
    char *environment[] = {NULL};
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

int spawn_collector(const char *executable, int arena_fd, int out_fd) {
    char *stacks = mmap(NULL, 2 * STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stacks == MAP_FAILED) return errno;
    struct request request = {executable, arena_fd, out_fd, stacks, 0};
    /* No handler of the program may run in a process that shares its memory. The collector starts
     * with all signals blocked, too, and stays so. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int pid = clone(detach, stacks + 2 * STACK_BYTES, CLONE_VM | CLONE_VFORK, &request);
    int error = pid < 0 ? errno : 0;
    if (pid > 0)
        while (waitpid(pid, NULL, __WCLONE) < 0 && errno == EINTR) continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stacks, 2 * STACK_BYTES);
    return error ? error : request.error;
}
