/* Has the observed process ended? By its own word, its launcher's, or the kernel's. */
#include "process.h"

#include <errno.h>
#include <signal.h>

#include "jobs.h"
#include "launcher.h"
#include "remote.h"

/* What the recorder says counts where its memory cannot be read: an attempt that has not failed by
 * the next time is taken for a success. */
static bool became_another_program(struct collector *c) {
    static uint64_t seen_exec_ns;
    uint64_t exec_ns = atomic_load(&c->arena->exec_ns), before_ns = seen_exec_ns;
    seen_exec_ns = exec_ns;
    uint64_t value = 0;
    uint64_t address = once(c->arena->canary_address);
    if (!address) return false;
    if (!remote_read(c, address, &value, sizeof value))
        return errno == EFAULT || (exec_ns && exec_ns == before_ns);
    if (value == once(c->arena->canary)) return false;
    /* What follows this recording in the same program has another canary, too. */
    return atomic_load(&c->arena->state) != RECORDER_STOPPED;
}

static void end_by_exec(struct collector *c) {
    uint64_t exec_ns = atomic_load(&c->arena->exec_ns), now = collector_now_ns(c);
    c->executed = true;
    c->end_ns = exec_ns && exec_ns < now ? exec_ns : now;
}

bool process_is_gone(struct collector *c) {
    if (c->pidfd >= 0) return is_readable(c->pidfd);
    if (!c->pid) /* what began this collector is in its namespace, or speaks to it */
        return !c->launched && kill(once(c->arena->pid), 0) != 0 && errno == ESRCH;
    /* Old kernels, and sandboxes, have no such descriptors. What has ended has no memory. */
    uint64_t value;
    if (remote_read(c, once(c->arena->canary_address), &value, sizeof value)) return false;
    return errno == ESRCH || (kill(c->pid, 0) != 0 && errno == ESRCH) || jobs_state(c->pid) == 'Z';
}

void process_follow_end(struct collector *c) {
    if (atomic_load(&c->arena->state) == RECORDER_STOPPED) {
        uint64_t end_ns = once(c->arena->end_ns);
        c->end_ns = end_ns ? end_ns : 1;
    } else launcher_hear(c);
    if (!is_ended(c) && !process_is_gone(c)) return;
    if (atomic_load(&c->arena->exec_ns)) end_by_exec(c);
    if (is_ended(c)) return;
    uint64_t now = collector_now_ns(c);
    launcher_await_status(c);
    if (!is_ended(c)) c->end_ns = now;
}

void process_follow_exec(struct collector *c) {
    if (became_another_program(c)) end_by_exec(c);
}
