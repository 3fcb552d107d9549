/* Begin a recording that another process has asked for, and leave nothing behind when it is over.
 *
 * Nobody in this program will end it: who notices that the collector wants no more, in the middle of a hook,
 * restores what was redirected, and gives the shared memory back. This code stays loaded, since threads may be
 * blocked in a function that it has called. */
#include "attach.h"

#include "carry.h"
#include "gilless.h"
#include "gils.h"
#include "hooks.h"
#include "join.h"
#include "memory.h"
#include "nursery.h"
#include "programs.h"
#include "resume.h"
#include "session.h"
#include "stop.h"
#include "watchdog.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_S 3

/* What src/gilscope/record/attach/meeting.py sends, with the arena. */
struct greeting {
    uint64_t magic; /* ARENA_MAGIC */
    char door[DOOR_VARIABLE_BYTES];
};

static int connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    if (strlen(path) >= sizeof address.sun_path) return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool receive(struct attaching *with) {
    struct greeting greeting = {0};
    struct iovec content = {&greeting, sizeof greeting};
    union {
        struct cmsghdr header; /* for its alignment */
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &content,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t bytes;
    do bytes = recvmsg(with->socket_fd, &message, MSG_CMSG_CLOEXEC);
    while (bytes < 0 && errno == EINTR);
    struct cmsghdr *rights = bytes < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (rights && rights->cmsg_type == SCM_RIGHTS && rights->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(&with->arena_fd, CMSG_DATA(rights), sizeof with->arena_fd);
    memcpy(with->door, greeting.door, sizeof with->door);
    with->door[sizeof with->door - 1] = '\0';
    bool is_whole = bytes == (ssize_t)sizeof greeting && greeting.magic == ARENA_MAGIC;
    return is_whole && (with->arena_fd >= 0 || with->door[0]);
}

bool attach_meet(struct attaching *with, const char *path) {
    *with = (struct attaching){.socket_fd = connect_to(path), .arena_fd = -1};
    if (with->socket_fd < 0) return false;
    if (receive(with)) return true;
    attach_part(with, "another version of gilscope has asked for it");
    return false;
}

/* --- leaving ------------------------------------------------------------------------------------ */

/* By the thread that has stopped the recording, which is in the middle of a hook, and has the GIL if there is
 * one. Others may be in a hook, too: what they write goes into memory that is nobody's. */
static void leave(void) {
    recording.leave = NULL;
    carry_forget();
    recording.children_join = false;
    nursery_forget();
    memory_release(false);
    if (!resume_soon()) hooks_remove();
}

const char *attach_begin(const struct attaching *with) {
    const char *problem = "its door is not known";
    if (with->arena_fd >= 0) {
        recording.began = "attach";
        watchdog_tells_nobody();
        problem = session_begin(with->arena_fd);
    } else if (join_remember(with->door)) {
        problem = join_recording("attach", false);
    }
    if (!problem) recording.leave = leave;
    if (!problem && with->door[0]) programs_find_starter();
    return problem;
}

void attach_leave(void) {
    if (!recording.active || !recording.leave || !atomic_load(&recording.arena->command)) return;
    recording_give_up(STOP_COMMAND);
    gils_free_own_paths();
    gilless_end();
}

void attach_part(struct attaching *with, const char *problem) {
    const char *word = problem ? problem : "began";
    if (send(with->socket_fd, word, strlen(word), MSG_NOSIGNAL) <
        0) { /* they are gone: so is their collector */
    }
    if (with->arena_fd >= 0) close(with->arena_fd);
    close(with->socket_fd);
    with->socket_fd = with->arena_fd = -1;
}
