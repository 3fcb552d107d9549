/* What the first collector says to its doorkeeper. */
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "doorbell.h"

static int to_doorkeeper = -1;

void doorbell_take(int fd) { to_doorkeeper = fd; }

static bool say(enum ring what, pid_t pid) {
    struct ring_word word = {(int32_t)what, (int32_t)pid};
    return to_doorkeeper >= 0 &&
           send(to_doorkeeper, &word, sizeof word, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof word;
}

void doorbell_ring(enum ring what, pid_t pid) {
    if (pid >= 0) say(what, pid);
}

void doorbell_settle(int patience_ms) {
    struct ring_word answer;
    struct pollfd door = {.fd = to_doorkeeper, .events = POLLIN};
    if (!say(RING_SETTLE, 0)) return;
    if (poll(&door, 1, patience_ms) > 0 && read(to_doorkeeper, &answer, sizeof answer) > 0) return;
    fprintf(stderr, "gilscope: the trace lacks some of what processes recorded that have just ended\n");
}
