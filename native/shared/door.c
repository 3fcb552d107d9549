/* The socket between a process that begins and the collectors of the recording that it joins. */
#include "door.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096       /* the kernel's limit, where that is lower */
#define PATIENCE_US 500000 /* with a door whose backlog is full, or whose guest says nothing */
#define FORM "2:%32[0-9a-f]:%32[0-9a-f]:%" SCNu64 ":%" SCNu64 ":%" SCNu64 ":%lf:%" SCNu64 "%n"

/* --- its address --------------------------------------------------------------------------- */

static bool random_digits(char digits[DOOR_NAME_DIGITS + 1]) {
    unsigned char bytes[DOOR_NAME_DIGITS / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) return false;
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(digits + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

bool door_make(struct door *door, const struct arena_offer *offer) {
    door->offer = *offer;
    return random_digits(door->name) && random_digits(door->token);
}

void door_write(const struct door *door, char text[DOOR_VARIABLE_BYTES]) {
    const struct arena_offer *offer = &door->offer;
    snprintf(text, DOOR_VARIABLE_BYTES, "2:%s:%s:%" PRIu64 ":%" PRIu64 ":%" PRIu64 ":%.17g:%" PRIu64,
             door->name, door->token, offer->earlier.ticks, offer->earlier.ns, offer->earlier_unix_ns,
             offer->sample_hz, offer->max_size_bytes);
}

bool door_read(struct door *door, const char *text) {
    int length = 0;
    struct arena_offer *offer = &door->offer;
    *door = (struct door){.offer.magic = ARENA_MAGIC};
    int fields = sscanf(text, FORM, door->name, door->token, &offer->earlier.ticks, &offer->earlier.ns,
                        &offer->earlier_unix_ns, &offer->sample_hz, &offer->max_size_bytes, &length);
    return fields == 7 && strlen(text) == (size_t)length && strlen(door->name) == DOOR_NAME_DIGITS &&
           strlen(door->token) == DOOR_NAME_DIGITS;
}

static socklen_t address_of(const struct door *door, struct sockaddr_un *address) {
    static const char prefix[] = "gilscope-";
    size_t before = sizeof prefix - 1, digits = strlen(door->name);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path + 1, prefix, before);
    memcpy(address->sun_path + 1 + before, door->name, digits);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + before + digits);
}

/* --- its two sides -------------------------------------------------------------------------- */

static int open_socket(void) {
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_usec = PATIENCE_US};
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0) return fd;
    int error = errno;
    if (fd >= 0) close(fd);
    errno = error;
    return -1;
}

static int or_close(int fd, int result) {
    if (result == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int door_listen(const struct door *door) {
    struct sockaddr_un address;
    socklen_t bytes = address_of(door, &address);
    int fd = open_socket();
    if (fd < 0) return -1;
    int result = bind(fd, (struct sockaddr *)&address, bytes);
    return or_close(fd, result == 0 ? listen(fd, BACKLOG) : result);
}

int door_connect(const struct door *door) {
    struct sockaddr_un address;
    socklen_t bytes = address_of(door, &address);
    int fd = open_socket();
    if (fd < 0) return -1;
    return or_close(fd, connect(fd, (struct sockaddr *)&address, bytes));
}

int door_peer(int fd) {
    struct ucred peer = {0};
    socklen_t bytes = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 ? peer.pid : 0;
}

/* --- what passes through ---------------------------------------------------------------------- */

union control {
    struct cmsghdr header; /* for its alignment */
    char bytes[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message_of(struct iovec *content, union control *control) {
    return (struct msghdr){.msg_iov = content,
                           .msg_iovlen = 1,
                           .msg_control = control->bytes,
                           .msg_controllen = sizeof control->bytes};
}

bool door_send(int fd, const struct door *door, int arena_fd) {
    struct door_greeting greeting = {.magic = ARENA_MAGIC};
    memcpy(greeting.token, door->token, sizeof greeting.token);
    struct iovec content = {&greeting, sizeof greeting};
    union control control = {0};
    struct msghdr message = message_of(&content, &control);
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof arena_fd);
    memcpy(CMSG_DATA(rights), &arena_fd, sizeof arena_fd);
    return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)sizeof greeting;
}

int door_receive(int fd, const struct door *door) {
    struct door_greeting greeting = {0};
    struct iovec content = {&greeting, sizeof greeting};
    union control control = {0};
    struct msghdr message = message_of(&content, &control);
    struct timeval patience = {.tv_usec = PATIENCE_US};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) return -1;
    ssize_t bytes = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *rights = bytes < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (!rights || rights->cmsg_type != SCM_RIGHTS || rights->cmsg_len != CMSG_LEN(sizeof(int))) return -1;
    int arena_fd;
    memcpy(&arena_fd, CMSG_DATA(rights), sizeof arena_fd);
    if (bytes == (ssize_t)sizeof greeting && greeting.magic == ARENA_MAGIC &&
        memcmp(greeting.token, door->token, sizeof greeting.token) == 0)
        return arena_fd;
    close(arena_fd);
    return -1;
}
