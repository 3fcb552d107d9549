/* gilscope-collector ARENA_FD OUT_FD [--control [--alone] [--attached] | --successor]
 *
 * Runs beside one observed process. With --control its launcher speaks to it through standard input
 * and output: it answers "ready DOOR", "began PID", "failed REASON" and "done". The launcher says "child
 * PID", the process that it launched; "stops" and "resumes", about itself; "ended STATUS TIME_NS".
 * DOOR is how further processes join (family.c); it is empty with --alone.
 * When the launcher is killed, the recording goes on until the program has ended.
 *
 * With --attached nobody launched the program. The launcher says "attached PID", the process that it has asked
 * to record itself, and "end", which its own end means as well: then the recording is over, and the process
 * goes on.
 *
 * A collector that was killed has a successor, once the program has ended: it writes what stands in
 * the arena behind what is in the file. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "collector.h"
#include "doorbell.h"
#include "family.h"
#include "launcher.h"
#include "order.h"
#include "sink.h"

static const char usage[] =
    "usage: gilscope-collector ARENA_FD OUT_FD [--control [--alone] [--attached] | --successor]\n";

static bool is_among(const char *option, int argc, char **argv) {
    for (int i = 3; i < argc; i++)
        if (strcmp(argv[i], option) == 0) return true;
    return false;
}

/* False: the launcher is gone, or cannot be served. */
static bool announce(struct collector *c, int out_fd, bool has_family, bool is_alone) {
    char door[DOOR_VARIABLE_BYTES] = "";
    if (!clock_is_genuine()) {
        launcher_tell(c, "failed", "a library, such as libfaketime, changes the clock of its collector");
        return false;
    }
    if (has_family && !family_begin(c, out_fd, door))
        fprintf(stderr, "gilscope: only the first process is recorded: %s\n", strerror(errno));
    if (is_alone && !family_watch(c, out_fd))
        fprintf(stderr, "gilscope: other processes are not listed: %s\n", strerror(errno));
    collect_show(c);
    return launcher_tell(c, "ready", door);
}

static void finish(struct collector *c) {
    if (c->executed) doorbell_ring(RING_EXECUTED, c->pid);
    if (c->executed) launcher_await_end(c); /* what it has become may be recorded, too */
    family_settle();
    launcher_tell(c, "done", c->sink->stopped ? c->sink->stopped : c->executed ? "exec" : "");
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs(usage, stderr);
        return 2;
    }
    /* Signals are for the program; this ends when the program has. */
    sigset_t all;
    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, NULL) != 0) return 1;
    bool is_successor = is_among("--successor", argc, argv), is_alone = is_among("--alone", argc, argv);
    bool has_family = argc > 3 && !is_successor && !is_alone;
    int out_fd = atoi(argv[2]);
    struct collector c = {.pidfd = -1,
                          .launched = argc > 3,
                          .attached = is_among("--attached", argc, argv),
                          .cannot_read = is_successor, /* there is no program any more */
                          .control = argc > 3 ? 0 : -1,
                          .exit_status = INT_MIN};
    if (c.attached && !order_begin()) return 1;
    if (!collect_prepare(&c, atoi(argv[1])) || !announce(&c, out_fd, has_family, is_alone)) return 1;
    enum collected collected = collect(&c, out_fd, is_successor);
    if (collected == COLLECTED) finish(&c);
    return collected == COLLECTING_FAILED;
}
