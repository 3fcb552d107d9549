/* Stop all threads of a process, and let them go on.
 *
 * PTRACE_SEIZE and PTRACE_INTERRUPT send no signal: neither the process nor its parent hears of it, and a
 * signal that comes meanwhile is delivered afterwards. A blocking call goes on as if nothing had been, but for
 * the few that the kernel does not restart (epoll_wait: EINTR). If this process is killed, the kernel lets all
 * threads go. */
#include "frozen.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "shared/clock.h"

#define PATIENCE_NS 500000000u /* with a thread that is busy in the kernel */
#define MOST_PASSES 1000u
#define NAP_NS 50000u

struct tracee {
    pid_t tid;
    bool is_stopped, is_gone;
    int signal; /* that was about to be delivered */
};
static struct tracee *tracees;
static size_t tracee_count, tracee_room;

static bool is_known(pid_t tid) {
    for (size_t i = 0; i < tracee_count; i++)
        if (tracees[i].tid == tid && !tracees[i].is_gone) return true;
    return false;
}

static void note(pid_t tid) {
    if (tracee_count == tracee_room) {
        tracee_room = tracee_room ? 2 * tracee_room : 64;
        tracees = realloc(tracees, tracee_room * sizeof *tracees);
        if (!tracees) abort();
    }
    tracees[tracee_count++] = (struct tracee){.tid = tid};
}

/* A thread that has ended and is still listed cannot be stopped, and need not be. */
static bool has_ended(pid_t pid, pid_t tid) {
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
    FILE *file = fopen(path, "re");
    if (!file) return true;
    size_t bytes = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[bytes] = '\0';
    const char *rest = strrchr(text, ')');
    return !rest || strchr("ZX", rest[2]) != NULL;
}

static const char *seize(pid_t pid, pid_t tid) {
    if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) != 0)
        return errno == ESRCH || has_ended(pid, tid) ? NULL : strerror(errno);
    note(tid);
    ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
    return NULL;
}

static const char *seize_new(pid_t pid, bool *any) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    const char *problem = folder ? NULL : "it has ended";
    *any = false;
    for (struct dirent *entry; folder && !problem && (entry = readdir(folder));) {
        pid_t tid = atoi(entry->d_name);
        if (tid <= 0 || is_known(tid)) continue;
        size_t before = tracee_count;
        problem = seize(pid, tid);
        *any = *any || tracee_count != before;
    }
    if (folder) closedir(folder);
    return problem;
}

static void take_note(struct tracee *tracee, int status) {
    if (!WIFSTOPPED(status)) {
        tracee->is_gone = true;
        return;
    }
    tracee->is_stopped = true;
    if (status >> 16 != PTRACE_EVENT_STOP) tracee->signal = WSTOPSIG(status);
}

static const char *await_stops(void) {
    uint64_t deadline_ns = monotonic_ns() + PATIENCE_NS;
    for (size_t i = 0; i < tracee_count; i++) {
        struct tracee *tracee = &tracees[i];
        while (!tracee->is_stopped && !tracee->is_gone) {
            int status;
            pid_t who = waitpid(tracee->tid, &status, __WALL | WNOHANG);
            if (who == tracee->tid) take_note(tracee, status);
            else if (who < 0) tracee->is_gone = true;
            else if (monotonic_ns() > deadline_ns) return "one of its threads does not leave the kernel";
            else pause_ns(NAP_NS);
        }
    }
    return NULL;
}

const char *frozen_begin(pid_t pid) {
    const char *problem = NULL;
    bool any = true;
    for (unsigned i = 0; any && !problem; i++) {
        if (i == MOST_PASSES) problem = "it starts threads faster than they can be stopped";
        else problem = seize_new(pid, &any);
        if (!problem) problem = await_stops();
    }
    if (!problem && !tracee_count) problem = "it has ended";
    if (problem) frozen_end();
    return problem;
}

void frozen_end(void) {
    for (size_t i = 0; i < tracee_count; i++)
        if (tracees[i].is_stopped)
            ptrace(PTRACE_DETACH, tracees[i].tid, NULL, (void *)(intptr_t)tracees[i].signal);
    tracee_count = 0;
}
