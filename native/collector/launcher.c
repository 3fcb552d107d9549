/* What the launcher and this process say to each other; main.c lists the words. */
#include "launcher.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doorbell.h"
#include "jobs.h"
#include "order.h"

#define LAUNCHER_DELAY_MS 500
#define LOOK_EVERY_MS 100

bool launcher_tell(const struct collector *c, const char *word, const char *rest) {
    return c->control < 0 || (printf("%s %s\n", word, rest) > 0 && fflush(stdout) == 0);
}

static void take_ended(struct collector *c, const char *line) {
    long long end_ns = 0;
    if (sscanf(line, "ended %d %lld", &c->exit_status, &end_ns) < 1 || is_ended(c)) return;
    /* Its clock is ours; the program's need not be. */
    uint64_t now = collector_now_ns(c), ago_ns = monotonic_ns() - (uint64_t)end_ns;
    c->end_ns = end_ns > 0 && ago_ns < now ? now - ago_ns : now;
}

void launcher_hear(struct collector *c) {
    static char text[256];
    static size_t used;
    while (is_readable(c->control)) {
        ssize_t bytes = read(c->control, text + used, sizeof text - 1 - used);
        if (bytes <= 0) {
            c->control = -1; /* it was killed */
            if (c->attached) order_end();
            return;
        }
        used += (size_t)bytes;
        text[used] = '\0';
        char *line = text;
        for (char *end; (end = strchr(line, '\n')); line = end + 1) {
            *end = '\0';
            int pid;
            if (sscanf(line, "child %d", &pid) == 1) doorbell_ring(RING_LAUNCHED, pid);
            if (sscanf(line, "attached %d", &pid) == 1) doorbell_ring(RING_LAUNCHED, pid);
            if (strcmp(line, "end") == 0) order_end();
            jobs_hear(line);
            take_ended(c, line);
        }
        used -= (size_t)(line - text);
        memmove(text, line, used);
    }
}

void launcher_follow_jobs(struct collector *c) {
    if (!jobs_differ()) return;
    launcher_hear(c); /* it says why before it stops */
    jobs_align();
}

/* If it was the launcher's own child, the launcher is about to say how it ended. */
void launcher_await_status(struct collector *c) {
    if (c->attached) return;
    for (int waited_ms = 0; waited_ms < LAUNCHER_DELAY_MS; waited_ms += 10) {
        struct pollfd launcher = {.fd = c->control, .events = POLLIN};
        if (c->control < 0 || c->exit_status != INT_MIN) return;
        poll(&launcher, 1, 10);
        launcher_hear(c);
    }
}

void launcher_await_end(struct collector *c) {
    while (c->launched && !c->attached && c->control >= 0 && c->exit_status == INT_MIN) {
        struct pollfd launcher = {.fd = c->control, .events = POLLIN};
        poll(&launcher, 1, LOOK_EVERY_MS);
        atomic_fetch_add(&c->arena->beat, 1);
        launcher_hear(c);
        launcher_follow_jobs(c);
    }
}
