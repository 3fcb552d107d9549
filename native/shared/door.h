/* How a process that begins finds the collectors of a recording that another one is part of.
 *
 * The first collector's doorkeeper listens on a socket that has no name in any file system. Its
 * address stands in the environment of the program, for the processes that this executes, and in
 * the memory of each recorded process, for those that it forks. Whoever begins makes an arena of
 * its own, records into it from the first moment on, and sends its descriptor through the door,
 * with a greeting; nobody waits for an answer. Who it is says the kernel, which knows both ends.
 */
#ifndef GILSCOPE_DOOR_H
#define GILSCOPE_DOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

#define DOOR_VARIABLE_BYTES 256
#define DOOR_NAME_DIGITS 32

struct door {
    char name[DOOR_NAME_DIGITS + 1];  /* of the socket, in the abstract namespace */
    char token[DOOR_NAME_DIGITS + 1]; /* anybody can see that name; only this program has this */
    struct arena_offer offer;         /* what a new arena begins with */
};

struct door_greeting {
    uint64_t magic; /* ARENA_MAGIC */
    char token[DOOR_NAME_DIGITS + 1];
};

/* A door that nobody knows yet; false if the kernel gives no random bytes. */
bool door_make(struct door *door, const struct arena_offer *offer);
void door_write(const struct door *door, char text[DOOR_VARIABLE_BYTES]);
bool door_read(struct door *door, const char *text);

/* Sockets at this address; -1 and errno. */
int door_listen(const struct door *door);
int door_connect(const struct door *door);
/* The process at the other end, as the kernel knows it; 0 if it is in a namespace beyond ours. */
int door_peer(int fd);

bool door_send(int fd, const struct door *door, int arena_fd);
/* The arena that came with a greeting that has the token; -1 if none did. */
int door_receive(int fd, const struct door *door);

#endif
