/* The work of a collector, from the recorder's first word to the last byte of its recording. */
#include "collect.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "away.h"
#include "children.h"
#include "doorbell.h"
#include "drain.h"
#include "ending.h"
#include "identity.h"
#include "launcher.h"
#include "locks.h"
#include "mapping.h"
#include "now.h"
#include "order.h"
#include "process.h"
#include "progress.h"
#include "remote.h"
#include "resume.h"
#include "sample.h"
#include "shared/futex.h"
#include "threads.h"
#include "tracefile.h"
#include "usage.h"

#define DRAIN_INTERVAL_NS 20000000u   /* at a million releases a second: 0.6 MB each time */
#define HOUSEKEEPING_NS 100000000u    /* threads, CPU times, is the file still there */
#define CLOCK_INTERVAL_NS 1000000000u
#define LONGEST_SLEEP_NS 50000000u
#define RECORDER_DELAY_NS 10000000000u
#define ORDER_PATIENCE_NS 500000000u

/* --- waiting ---------------------------------------------------------------------------------- */

/* Sleep until the recorder has news, or for so long. */
static void doze(struct collector *c, uint64_t at_most_ns) {
    struct arena_header *arena = c->arena;
    uint32_t seen = atomic_load(&arena->wake);
    atomic_store(&arena->asleep, 1);
    if (atomic_load(&arena->gils[0].waiters) == 0) futex_wait(&arena->wake, seen, at_most_ns);
    atomic_store(&arena->asleep, 0);
}

/* Between samples: the period, spread evenly from half of it to one and a half, so that no rhythm
 * of the program can hide from it. */
static void pause_between_samples(const struct collector *c) {
    static uint64_t random = 0x2545f4914f6cdd1du;
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    double hz = c->sample_hz > 0 ? c->sample_hz : 1000;
    double period_ns = 1e9 / hz * (0.5 + (double)(random >> 11) / 9007199254740992.0);
    if (period_ns > LONGEST_SLEEP_NS) period_ns = LONGEST_SLEEP_NS;
    pause_ns((uint64_t)period_ns);
}

/* --- the work ---------------------------------------------------------------------------------- */

static void drain(struct collector *c) {
    atomic_fetch_add(&c->arena->beat, 1);
    drain_logs(c);
    drain_samples(c);
    progress_mark(c);
}

/* What ended before the look has its rows in the file when they are told. */
static void show_now(struct collector *c) {
    if (!now_look(c)) return;
    drain(c);
    now_tell(c);
}

static void stop_recorder(struct collector *c) {
    if (atomic_exchange(&c->arena->command, 1)) return;
    if (c->process) return; /* the first one's collector says so */
    const char *why = c->sink->error ? strerror(c->sink->error) : "its size limit is reached";
    fprintf(stderr, "gilscope: recording stopped: %s; the program goes on\n", why);
}

/* The process goes on: its recorder is asked to stop, and does so when a thread next lets go of the GIL. If
 * none does, because all are blocked, or one computes alone, what is recorded ends all the same; the recorder
 * leaves when it wakes. */
static void follow_order(struct collector *c) {
    if (!order_is_to_end()) return;
    uint64_t now = monotonic_ns();
    atomic_store(&c->arena->command, 1);
    if (!c->asked_ns) c->asked_ns = now;
    if (is_ended(c) || now - c->asked_ns < ORDER_PATIENCE_NS) return;
    drain(c);
    if (atomic_load(&c->arena->state) == RECORDER_STOPPED) return; /* just now: it says when */
    c->left_alone = true;
    c->end_ns = collector_now_ns(c);
}

static void keep_house(struct collector *c) {
    drain_threads(c, false);
    identity_follow(c);
    usage_follow(c);
    drain_usage(c);
    locks_follow(c);
    children_follow(c);
    launcher_follow_jobs(c);
    sink_check(c->sink);
    process_follow_exec(c);
    show_now(c);
}

static void work(struct collector *c) {
    uint64_t drained_ns = 0, kept_ns = 0, adjusted_ns = 0;
    process_follow_end(c); /* then nothing is left to do but the end */
    while (!is_ended(c)) {
        bool contended = sample_contended(c);
        usage_follow_holders(c);
        uint64_t now = collector_now_ns(c);
        if (now - drained_ns >= DRAIN_INTERVAL_NS) {
            sample_long_holds(c);
            away_follow(c);
            drain(c);
            drained_ns = now;
        }
        if (now - kept_ns >= HOUSEKEEPING_NS) {
            keep_house(c);
            kept_ns = now;
        }
        if (now - adjusted_ns >= CLOCK_INTERVAL_NS) {
            clock_adjust(&c->arena->clock);
            adjusted_ns = now;
        }
        if (c->sink->stopped) stop_recorder(c);
        process_follow_end(c);
        follow_order(c);
        if (is_ended(c)) break;
        if (contended) pause_between_samples(c);
        else doze(c, DRAIN_INTERVAL_NS);
    }
    c->sink->is_ending = true;
    if (!c->left_alone) drain(c); /* else what is written from now on is beyond the end */
    if (atomic_load(&c->arena->stop_reason) == STOP_EXIT) launcher_await_status(c); /* it is just ending */
    write_ending(c);
}

/* --- beginning --------------------------------------------------------------------------------- */

/* A robust futex in the arena, which the kernel marks when this process ends however it may: the
 * recorder needs no pid to know that, and is not misled by a zombie. */
static void show_life(struct arena_header *arena) {
    static struct robust_list_head list;
    static struct robust_list entry;
    list.list.next = &entry;
    entry.next = &list.list;
    list.futex_offset = (char *)&arena->collector_alive - (char *)&entry;
    if (syscall(SYS_set_robust_list, &list, sizeof list) != 0) return;
    atomic_store(&arena->collector_alive, (uint32_t)syscall(SYS_gettid));
}

/* The recorder begins, fails, or never comes. */
static bool await_recorder(struct collector *c) {
    struct arena_header *arena = c->arena;
    for (uint64_t since = monotonic_ns();;) {
        identity_answer(c);
        uint32_t state = atomic_load(&arena->state);
        if (state == RECORDER_RECORDING || state == RECORDER_STOPPED) return true;
        if (state == RECORDER_FAILED) {
            char why[sizeof arena->message];
            memcpy(why, arena->message, sizeof why);
            why[sizeof why - 1] = '\0';
            for (char *at = why; *at; at++)
                if ((unsigned char)*at < ' ') *at = ' ';
            launcher_tell(c, "failed", why);
            return false;
        }
        if (is_ended(c) || (c->launched && c->control < 0)) return false;
        /* A program that records itself begins at once, or never. */
        if (!c->launched && monotonic_ns() - since > RECORDER_DELAY_NS) return false;
        doze(c, DRAIN_INTERVAL_NS);
        launcher_hear(c);
        launcher_follow_jobs(c);
    }
}

static bool go_on_with_file(struct collector *c, struct tracefile *file, int fd) {
    struct sink_place undo;
    if (!progress_undo(c, &undo) || !tracefile_resume(file, fd, c->max_size_bytes, &undo)) return false;
    drain_take_over(c);
    progress_take_over(c);
    return true;
}

static bool begin_file(struct collector *c, int fd, bool is_successor) {
    static struct tracefile file;
    c->sink = &file.sink;
    if (is_successor && atomic_load(&c->arena->progress.has_begun)) return go_on_with_file(c, &file, fd);
    tracefile_begin(&file, fd, c->max_size_bytes, c->process);
    write_beginning(c);
    progress_mark(c);
    return true;
}

#define LARGEST_DELAY_NS 50000000

static void notice_skew(struct collector *c) {
    int64_t passed = (int64_t)collector_now_ns(c);
    int64_t by_day = (int64_t)(unix_ns() - once(c->arena->start_unix_ns));
    if (once(c->arena->clock.uses_counter) || by_day < 0 || by_day > INT64_MAX / 2) return;
    if (passed < by_day - LARGEST_DELAY_NS || passed > by_day + LARGEST_DELAY_NS)
        c->skew_ns = (uint64_t)passed - (uint64_t)by_day;
}

bool collect_prepare(struct collector *c, int arena_fd) {
    if (!mapping_begin(c, arena_fd)) {
        launcher_tell(c, "failed", "its collector has no room for the shared memory");
        return false;
    }
    c->sample_hz = once(c->arena->offer.sample_hz);
    c->max_size_bytes = once(c->arena->offer.max_size_bytes);
    return true;
}

void collect_show(struct collector *c) {
    identity_show(c);
    show_life(c->arena);
    c->arena->collector_pid = (int32_t)getpid();
}

void collect_forget(struct collector *c) {
    drain_forget();
    remote_forget();
    if (c->pidfd >= 0) close(c->pidfd);
    if (!c->arena) return;
    threads_forget(c);
    mapping_end(c);
}

enum collected collect(struct collector *c, int out_fd, bool is_successor) {
    if (!await_recorder(c)) return COLLECTED_NOTHING;
    if (!remote_layout(c)) c->unsampled = "the program's frames are unknown";
    notice_skew(c);
    children_begin(c);
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)c->pid);
    launcher_tell(c, "began", pid);
    if (!begin_file(c, out_fd, is_successor)) return COLLECTING_FAILED;
    doorbell_ring(RING_RECORDED, c->pid);
    work(c);
    atomic_store(&c->arena->collector_done, 1);
    futex_wake(&c->arena->collector_done);
    return COLLECTED;
}
