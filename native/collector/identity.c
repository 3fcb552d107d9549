/* Which process is observed: established by what cannot be confused, and nothing is read without.
 *
 * The arena's own `pid` is what the program believes, in its namespace, and anybody who has the
 * arena can write it. The kernel knows who holds the recorder's lock, and translates it. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"
#include "process.h"
#include "procfile.h"
#include "shared/arenafile.h"
#include "shared/futex.h"

/* It waits for us with the lock in its hand: the pid is its own until we have answered. */
static void identify(struct collector *c) {
    pid_t pid = arena_lock_holder(c->arena_fd, LOCK_RECORDER);
    int pidfd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (pid && arena_lock_holder(c->arena_fd, LOCK_RECORDER) == pid) {
        c->pid = pid;
        c->pidfd = pidfd;
        return;
    }
    if (pidfd >= 0) close(pidfd);
    c->unsampled = "which process this is cannot be established";
}

void identity_answer(struct collector *c) {
    if (atomic_load(&c->arena->state) != RECORDER_STARTING) return;
    if (atomic_load(&c->arena->knows_recorder)) return;
    identify(c);
    atomic_store(&c->arena->knows_recorder, 1);
    futex_wake(&c->arena->knows_recorder);
}

/* The kernel has said which process came through the door; that it still is that one, its canary
 * tells. One that has ended meanwhile has left all that there is in the arena. */
void identity_know(struct collector *c, pid_t pid) {
    atomic_store(&c->arena->knows_recorder, 1);
    c->pid = pid;
    c->pidfd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (!pid) c->unsampled = "which process this is cannot be established";
}

void identity_show(struct collector *c) {
    if (!arena_take_lock(c->arena_fd, LOCK_COLLECTOR)) return; /* the recorder need not know */
}

/* --- what the kernel says about it ----------------------------------------------------------- */

static bool line_of(const char *text, const char *key, unsigned values[4]) {
    const char *line = strstr(text, key);
    return line &&
           sscanf(line + strlen(key), "%u %u %u %u", &values[0], &values[1], &values[2], &values[3]) >= 1;
}

/* Its thread ids are ours only in one namespace. */
static bool shares_namespace(const struct collector *c, const char *status) {
    int here = 0, inner = 0;
    const char *line = strstr(status, "\nNSpid:");
    if (!line) return c->pid == c->arena->pid;
    return sscanf(line + 7, "%d%*[ \t]%d", &here, &inner) == 1 && here == c->pid;
}

/* Once the program has given up being root, its code must not reach a process that is. */
static void follow_credentials(const char *status) {
    unsigned uid[4] = {0}, gid[4] = {0};
    if (!line_of(status, "\nUid:", uid) || !line_of(status, "\nGid:", gid)) return;
    if (!uid[0] || !uid[1] || !uid[2]) return; /* it can be root again */
    gid_t group = gid[1];
    if (setgroups(1, &group) == 0 && setresgid(group, group, group) == 0 &&
        setresuid(uid[1], uid[1], uid[1]) == 0)
        return;
    fprintf(stderr, "gilscope: recording stopped: its collector cannot give up being root\n");
    _exit(1);
}

void identity_follow(struct collector *c) {
    char status[4096];
    bool may_change = !c->knows_threads || geteuid() == 0;
    if (!c->pid || !may_change || !proc_read(status, sizeof status, "/proc/%d/status", (int)c->pid)) return;
    c->knows_threads = shares_namespace(c, status);
    if (geteuid() == 0 && !process_is_gone(c)) follow_credentials(status);
}
