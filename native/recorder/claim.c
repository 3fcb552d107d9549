/* What the launcher's variable says of the arena: "DESCRIPTOR:INODE:MADE_NS".
 *
 * The variable may come from anywhere, and the descriptor that it names may be the program's. Only
 * what the variable describes, and nothing else can be, is ours to map and to close: memory without
 * a name that cannot shrink, with this number, made at that moment. */
#include "claim.h"

#include "shared/arenafile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool claim_write(int fd, char text[VARIABLE_BYTES]) {
    struct stat status;
    struct arena_offer offer;
    if (fstat(fd, &status) != 0 || pread(fd, &offer, sizeof offer, 0) != (ssize_t)sizeof offer) return false;
    if (offer.magic != ARENA_MAGIC) return errno = EINVAL, false;
    snprintf(text, VARIABLE_BYTES, "%d:%" PRIuMAX ":%" PRIu64, fd, (uintmax_t)status.st_ino,
             offer.earlier.ns);
    return true;
}

int claim_read(const char *text) {
    int fd;
    char again[VARIABLE_BYTES];
    if (sscanf(text, "%9d:", &fd) != 1 || fd <= STDERR_FILENO) return -1;
    if (!arena_cannot_shrink(fd)) return -1;
    struct stat status;
    if (fstat(fd, &status) != 0 || status.st_size < (off_t)sizeof(struct arena_header)) return -1;
    return claim_write(fd, again) && strcmp(text, again) == 0 ? fd : -1;
}
